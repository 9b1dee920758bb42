# Anmelden, und worum Anwendungen bitten.

login-title = Anmelden
login-continue = Melde dich an, um fortzufahren.
login-forgot = Passwort vergessen?
login-no-account = Noch kein Konto?
login-none = Die Anmeldung ist hier abgeschaltet. Bitte wende dich an die Betreiber dieses Dienstes.
providers-label = Andere Wege zur Anmeldung
provider-continue = Weiter mit { $provider }

consent-title = { $client } die Nutzung deines Kontos erlauben?
consent-text = { $client } bittet um Zugriff auf dein Konto.
consent-leads-to = Wenn du zustimmst, geht es weiter zu { $destination }.
client-policy = Datenschutzerklärung von { $client }
client-tos = Nutzungsbedingungen von { $client }

permissions-title = Damit wird möglich:
scope-openid = Sehen, wer du bist: deine Benutzer-ID und deinen Namen
scope-email = Deine E-Mail-Adresse sehen
scope-matrix = Matrix in deinem Namen nutzen: Nachrichten lesen und senden, Profil und Räume ändern
scope-device = Als Gerät { $device } auftreten
scope-account = Dein Konto hier ansehen und ändern
scope-homeserver-admin = Den Homeserver verwalten, mit Zugriff auf die Konten aller
scope-admin = Alle Konten auf diesem Server verwalten
scope-admin-read = Alle Konten auf diesem Server sehen, mit ihren Sitzungen und Einstellungen
scope-admin-users = Benutzer auf diesem Server verwalten: Konten anlegen, sperren und löschen, Passwörter setzen
scope-admin-sessions = Die Sitzungen aller auf diesem Server sehen und beenden
scope-admin-tokens = Registrierungstoken auf diesem Server ausstellen, persönliche Token sehen und widerrufen
scope-audit = Das Protokoll von allem lesen, was auf diesem Server geschieht
scope-other = Die Berechtigung „{ $scope }“ nutzen

sso-title = Bei einer App anmelden?
sso-text = Du bist dabei, dich bei einer App anzumelden und zu { $destination } weiterzugehen.
sso-warning = Fahre nur fort, wenn du das selbst begonnen hast. Die App kann dann dein ganzes Konto nutzen.
sso-expired-title = Diese Anmeldung ist abgelaufen
sso-expired-text = Sie hat zu lange gedauert oder wurde schon benutzt. Bitte beginne in deiner App von vorn.

relay-title = Einen Moment
relay-text = Du wirst zu { $destination } weitergeleitet. Wenn nichts geschieht, drücke den Knopf.
repost-text = Deine Anmeldung geht weiter. Wenn nichts geschieht, drücke den Knopf.

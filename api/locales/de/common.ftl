# Was alle Seiten gemeinsam haben.

skip = Zum Inhalt springen
or = oder
footer-policy = Datenschutzerklärung
footer-tos = Nutzungsbedingungen
title-problem = Problem:

continue = Weiter
cancel = Abbrechen
allow = Erlauben
try-again = Noch einmal versuchen
start-over = Von vorn beginnen
sign-in = Anmelden
sign-in-again = Wieder anmelden
sign-out = Abmelden
create-account = Konto anlegen
other-account = Anderes Konto verwenden
not-you = Nicht du? Abmelden
back-home = Zur Startseite
back-sign-in = Zurück zur Anmeldung
ask-operator = Bitte wende dich an die Betreiber dieses Dienstes.
account-label = Dein Konto

# Felder, nach ihren Namen.
label-username = Benutzername
label-username-or-email = Benutzername oder E-Mail-Adresse
label-email = E-Mail-Adresse
label-current_password = Aktuelles Passwort
label-new-password = Neues Passwort
label-password = Passwort
label-password_confirm = Passwort wiederholen
label-accept_terms = Ich akzeptiere die Nutzungsbedingungen
label-token = Registrierungsschlüssel
label-code = Code
label-display_name = Anzeigename
label-confirm_device = Ich melde mich selbst auf diesem Gerät an und der Code stimmt überein
label-import_email = Diese E-Mail-Adresse übernehmen
label-import_display_name = Diesen Anzeigenamen übernehmen

# Was an einem Feld oder Formular nicht stimmt.
problem-summary = Das hat noch nicht geklappt
problem-required = Bitte ausfüllen.
problem-terms-required = Bitte akzeptiere die Bedingungen, um fortzufahren.
problem-confirm-device = Bitte bestätige, dass es dein Gerät ist, oder lehne ab.
problem-invalid = Das ist nicht gültig.
problem-email-invalid = Das sieht nicht wie eine E-Mail-Adresse aus.
problem-code-invalid = Dieser Code ist falsch oder abgelaufen.
problem-current-password = Das ist nicht dein aktuelles Passwort.
problem-token-invalid = Dieser Schlüssel funktioniert nicht. Vielleicht ist er abgelaufen oder schon benutzt.
problem-display-name-invalid = Bitte wähle einen Namen, der nicht leer und nicht zu lang ist.
problem-invitation = Diese Einladung funktioniert nicht. Vielleicht ist sie abgelaufen oder schon benutzt. Bitten Sie um eine neue.
problem-not-invited = Dieser Schlüssel ist für jemand anderen. Öffnen Sie den Link, den Sie erhalten haben.
problem-not-invited-username = Die Einladung gilt für einen anderen Benutzernamen.
problem-not-invited-email = Die Einladung gilt für eine andere E-Mail-Adresse.
problem-exists = Dieser Benutzername ist vergeben.
problem-mismatch = Die beiden Passwörter unterscheiden sich.
problem-too-weak = Dieses Passwort ist zu leicht zu erraten. Ein längeres, etwa aus mehreren Wörtern ohne Zusammenhang, ist sicherer.
problem-invalid-credentials = Benutzername oder Passwort ist falsch.
problem-rate-limited = Das war etwas zu oft. Bitte warte ein paar Minuten und versuche es dann noch einmal.
problem-captcha = Bitte löse die Aufgabe, die zeigt, dass du ein Mensch bist.

# Die Startseite.
home-title = Willkommen
home-welcome = Willkommen
home-signed-in = Du bist als { $name } angemeldet.
home-lead = Melde dich bei { $service } an, um dein Konto zu verwalten.
home-account = Konto verwalten
home-discovery = Für Entwickler, die OpenID-Connect-Konfiguration:

account-title = Dein Konto
account-missing = Dieser Server wurde ohne Kontoseiten gebaut. Vielleicht bietet deine Matrix-App eigene Kontoeinstellungen.
account-script = Diese Seiten brauchen JavaScript, das in diesem Browser ausgeschaltet ist. Dein Passwort kannst du auch ohne ändern.

# Wenn eine Sitzung nicht benutzt werden kann.
inactive-deactivated-title = Dieses Konto wurde deaktiviert
inactive-deactivated-text = Das Konto { $name } ist nicht mehr aktiv. Wenn das ein Irrtum ist, wende dich bitte an die Betreiber dieses Dienstes.
inactive-locked-title = Dieses Konto ist gesperrt
inactive-locked-text = Das Konto { $name } kann zurzeit nicht benutzt werden. Bitte die Betreiber dieses Dienstes, es zu entsperren.
inactive-signed-out-title = Du wurdest abgemeldet
inactive-signed-out-text = Die Sitzung von { $name } in diesem Browser wurde beendet. Melde dich wieder an, um fortzufahren.

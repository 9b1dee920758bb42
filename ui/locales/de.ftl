# Was alle Seiten gemeinsam haben.

skip = Zum Inhalt springen
nav-label = Dein Konto
nav-profile = Profil
nav-sessions = Geräte
nav-tokens = Tokens
nav-history = Verlauf
nav-plan = Tarif
footer-policy = Datenschutzerklärung
footer-terms = Nutzungsbedingungen
loading = Wird geladen …
working = Einen Moment …
continue = Weiter
cancel = Abbrechen
close = Schließen
save = Speichern
undo = Rückgängig
undone = Es ist wieder wie vorher.
undo-failed = Es ließ sich nicht rückgängig machen.
look = Ansehen
more = Mehr anzeigen
remove = Entfernen
rename = Umbenennen
copy = Kopieren
copied = Kopiert.
show = Zeigen
hide = Verbergen
try-again = Noch einmal versuchen
start-over = Von vorn beginnen
sign-in = Anmelden
sign-out = Abmelden
to-profile = Zu deinem Konto
to-sessions = Zu deinen Geräten
to-sign-in = Zurück zur Anmeldung
just-now = gerade eben
agent = { $name } unter { $system }

failed-title = Das hat nicht geklappt
failed-text = Der Server konnte es nicht tun. Bitte versuche es noch einmal.
failed-unreachable = Der Server ist nicht zu erreichen. Bist du mit dem Internet verbunden?
missing-title = Hier ist nichts
missing-text = Vielleicht wurde es entfernt, oder die Adresse stimmt nicht.
signed-out-title = Du bist abgemeldet
signed-out-text = Deine Sitzung in diesem Browser ist zu Ende. Melde dich wieder an, um fortzufahren.
live-lost = Die laufende Verbindung ist unterbrochen. Diese Seite sieht alle { $seconds } Sekunden nach Neuem.
live-news = Gerade eben: { $what }

# Das Profil.

profile-title = Dein Konto
name-edit = Namen ändern
name-label = Anzeigename
name-hint = Was andere sehen. Lass ihn leer, um keinen zu haben.
name-invalid = Dieser Name ist zu lang.
name-changed = Dein Name wurde geändert.
homeserver-silent = Dein Chat-Server antwortet gerade nicht, daher kann dein Anzeigename nicht gezeigt werden.

emails-title = E-Mail-Adressen
emails-none = Keine E-Mail-Adresse
emails-why = Mit einer Adresse kannst du ein neues Passwort setzen, wenn du deines vergessen hast.
email-since = Hinzugefügt am { $date }
email-add = Adresse hinzufügen
email-label = E-Mail-Adresse
email-send = Code senden
email-remove-label = { $email } entfernen
email-remove-title = Diese Adresse entfernen?
email-remove-text = Mit { $email } kannst du dich dann nicht mehr anmelden und kein neues Passwort setzen.
email-removed = { $email } wurde entfernt.
email-added = { $email } wurde hinzugefügt.
email-invalid-email-address = Das sieht nicht wie eine E-Mail-Adresse aus.
email-rate-limited = Das war etwas zu oft. Bitte warte ein paar Minuten.
email-denied = Diese Adresse ist hier nicht erlaubt.
email-in-use = Diese Adresse gehört schon zu deinem Konto.
email-incorrect-password = Das Passwort ist falsch.
email-in-use-title = Diese Adresse ist vergeben
email-in-use-text = { $email } gehört zu einem anderen Konto. Wenn es auch deines ist, entferne sie zuerst dort.

code-title = Sieh in deine E-Mails
code-text = Wir haben einen Code an { $email } geschickt. Gib ihn hier ein, um die Adresse hinzuzufügen.
code-label = Code
code-resend = Noch einen Code senden
code-resent = Ein weiterer Code ist unterwegs.
code-invalid-code = Dieser Code ist falsch.
code-code-expired = Dieser Code ist abgelaufen. Lass dir einen neuen senden.
code-rate-limited = Das war etwas zu oft. Bitte warte ein paar Minuten.

security-title = Sicherheit
password-title = Passwort
password-label = Passwort
password-set = Ein Passwort ist gesetzt.
password-none = Dein Konto hat kein Passwort: Du meldest dich auf andere Weise an.
password-wrong = Das Passwort ist falsch.
password-current = Aktuelles Passwort
password-new = Neues Passwort
password-again = Passwort wiederholen
password-hint = Ein paar Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten.
password-differs = Die beiden Passwörter unterscheiden sich.
password-too-weak = Dieses Passwort ist zu leicht zu erraten.
password-change-title = Passwort ändern
password-change = Passwort ändern
password-set-do = Passwort setzen
password-done-title = Dein neues Passwort ist gesetzt
password-done-text = Benutze es von jetzt an. Wo du angemeldet bist, bleibst du es.
password-done-sessions = Geräte durchsehen
show-password = Passwort zeigen

strength-label = Stärke des neuen Passworts
strength-none = Wie stark es ist, siehst du beim Tippen.
strength-0 = Viel zu leicht zu erraten
strength-1 = Sehr leicht zu erraten
strength-2 = Leicht zu erraten
strength-3 = Gut
strength-4 = Sehr gut

set-password-not-found = Dieses Konto gibt es nicht.
set-password-no-current-password = Dein Konto hat kein Passwort.
set-password-wrong-password = Das ist nicht dein aktuelles Passwort.
set-password-invalid-new-password = Dieses Passwort ist zu leicht zu erraten.
set-password-not-allowed = Das geht hier nicht.
set-password-password-changes-disabled = Passwörter können auf diesem Server nicht geändert werden.
set-password-no-such-recovery-ticket = Dieser Link funktioniert nicht. Fordere einen neuen an.
set-password-recovery-ticket-already-used = Dieser Link wurde schon benutzt.
set-password-expired-recovery-ticket = Dieser Link ist abgelaufen. Fordere einen neuen an.
set-password-account-locked = Dieses Konto ist gesperrt. Bitte wende dich an die Betreiber dieses Servers.

recovery-title = Neues Passwort setzen
recovery-for = Wähle ein neues Passwort für { $name }.
recovery-link-title = Dieser Link funktioniert nicht
recovery-link-expired = Er galt nur ein paar Minuten. Wir können dir einen neuen senden.
recovery-link-consumed = Er wurde schon benutzt. Melde dich mit dem neuen Passwort an.
recovery-link-unknown = Er ist nicht vollständig oder wurde nach einigen Tagen vergessen. Fordere einen neuen an.
recovery-resend = Neuen Link senden

cross-signing-title = Digitale Identität zurücksetzen
cross-signing-short = Wenn du alle Geräte und deinen Wiederherstellungsschlüssel verloren hast.
cross-signing-open = Zurücksetzen
cross-signing-text = Erlaube deiner App, neue Schlüssel für deine digitale Identität anzulegen. Tu das nur, wenn du kein anderes bestätigtes Gerät und keinen Wiederherstellungsschlüssel mehr hast.
cross-signing-keeps = Dein Konto, deine Kontakte, Räume und Einstellungen bleiben.
cross-signing-loses = Alte Nachrichten, die nur auf dem Server liegen, verlierst du.
cross-signing-verify = Deine Geräte und Kontakte müssen neu bestätigt werden.
cross-signing-only = Fahre nur fort, wenn du das gerade in deiner App verlangt hast.
cross-signing-do = Zurücksetzen erlauben
cross-signing-success-title = Das Zurücksetzen ist erlaubt
cross-signing-success-text = Geh innerhalb von zehn Minuten zurück zu deiner App, um es abzuschließen.
cross-signing-cancelled-title = Nichts wurde zurückgesetzt
cross-signing-cancelled-text = Du kannst dieses Fenster schließen und zu deiner App zurückkehren.

leaving-title = Gehen
sign-out-text = In diesem Browser abmelden. Deine Apps bleiben angemeldet.
delete-short = Dein Konto endgültig löschen.
delete-open = Konto löschen
delete-title = Dein Konto löschen?
delete-means = Das bedeutet es:
delete-sessions = Du wirst überall abgemeldet, in allen Apps.
delete-data = Deine E-Mail-Adressen, dein Passwort und deine Tokens werden entfernt.
delete-name = Der Name { $name } bleibt vergeben: Niemand kann ihn wieder haben, auch du nicht.
delete-forever = Es lässt sich nicht rückgängig machen.
delete-erase = Auch meine Nachrichten vor allen verbergen, die später dazukommen, und meine Adressen vergessen
delete-type = Gib zur Bestätigung { $name } ein
delete-mistyped = Das ist nicht deine Benutzer-ID.
delete-do = Mein Konto löschen

# Geräte.

sessions-title = Deine Geräte
sessions-lead = Wo du angemeldet bist, in Browsern und in Apps. Was du nicht kennst, beende.
sessions-here = Dieser Browser
sessions-others = Anderswo
sessions-none = Nirgends sonst
sessions-none-text = Du bist nur in diesem Browser angemeldet.
sessions-limit = Du hast { $limit } oder mehr Sitzungen von Apps, so viele, wie erlaubt sind. Beende einige, bevor du dich auf einem weiteren Gerät anmeldest.
sessions-limit-near = In Apps bist du { $count ->
    [one] einmal
   *[other] { $count }-mal
} angemeldet. Erlaubt sind dir { $limit } solche Sitzungen.
sessions-end-others = Alle anderen beenden
sessions-end-picked = Ausgewählte beenden
sessions-picked = { $count ->
    [one] { $count } ausgewählt
   *[other] { $count } ausgewählt
}
session-pick = { $name } auswählen
session-this = dieser Browser
session-this-text = Hier bist du gerade. Abmelden kannst du dich in deinem Profil.
session-since = Angemeldet am { $time }
session-used = Zuletzt benutzt
session-from = von der Adresse { $address }
session-ended = Sie endete am { $time }.
session-name = Name
session-name-hint = Nenne es so, dass du es wiedererkennst.
renamed = Der Name wurde geändert.
kind-browser = Browser
kind-app = App
browser-unknown = Ein Browser
app-unnamed = Eine App ohne Namen
app-matrix = Matrix-App
fact-app = App
fact-device = Gerät
fact-device-id = Geräte-ID
fact-signed-in = Angemeldet
fact-used = Zuletzt benutzt
fact-address = Netzwerkadresse
address-unknown = Nicht bekannt
address-hint = Aus welchem Netz es zuletzt benutzt wurde. Wo auf der Welt das ist, wird nicht ermittelt.
fact-scopes = Was sie darf
back-sessions = ← Alle Geräte
end-title = { $count ->
    [one] Diese Sitzung beenden?
   *[other] { $count } Sitzungen beenden?
}
end-one = { $name } wird abgemeldet.
end-several = { $count } Geräte werden abgemeldet.
end-keys = Apps können dabei die Schlüssel verschlüsselter Nachrichten verlieren, die nirgends sonst liegen.
end-do = { $count ->
    [one] Sitzung beenden
   *[other] { $count } Sitzungen beenden
}
end-this = Diese Sitzung beenden
ended = { $count ->
    [0] Es gab nichts zu beenden.
    [one] Die Sitzung wurde beendet.
   *[other] { $count } Sitzungen wurden beendet.
}
end-others-title = Alle anderen Sitzungen beenden?
end-others-text = Alle deine anderen Browser und Apps werden abgemeldet. Nur dieser Browser bleibt.
end-others-tokens = Auch meine persönlichen Tokens widerrufen
device-missing-title = Dieses Gerät ist nicht angemeldet
device-missing-text = Zum Gerät { $device } gibt es keine Sitzung. Vielleicht ist sie schon zu Ende.

app-native = App auf einem Gerät
app-web = Web-App
app-website = Website
app-terms = Nutzungsbedingungen
app-policy = Datenschutzerklärung
app-sessions = Wo du sie benutzt
app-none = Du bist bei dieser App nicht angemeldet.
app-end = Überall davon abmelden

scope-openid = Sehen, wer du bist: deine Benutzer-ID und deinen Namen
scope-email = Deine E-Mail-Adresse sehen
scope-matrix = Matrix als du benutzen: Nachrichten lesen und senden, dein Profil und deine Räume ändern
scope-device = Als das Gerät { $device } auftreten
scope-account = Dein Konto hier sehen und ändern
scope-homeserver = Den Homeserver verwalten, mit Zugriff auf alle Konten
scope-admin = Alle Konten auf diesem Server verwalten
scope-audit = Lesen, was mit allen Konten geschah
scope-other = Die Berechtigung „{ $scope }“ benutzen

# Persönliche Tokens.

tokens-title = Persönliche Tokens
tokens-lead = Für deine eigenen Programme, die damit als du handeln. Wer ein Token hat, kann tun, was es darf.
tokens-none = Noch keine Tokens
tokens-none-text = Lege eines für ein Skript oder einen Bot von dir an.
token-create = Token anlegen
token-create-do = Anlegen
token-name = Name
token-name-hint = Wofür es ist, etwa „Backup-Skript“.
token-scopes = Was es darf
token-no-scope = Wähle mindestens etwas, das es darf.
token-expiry = Gültig
token-expires = Gültig bis { $date }
token-expired = abgelaufen
token-forever = Gilt für immer
token-unused = Nie benutzt
token-renew = Ersetzen
token-renew-label = { $name } ersetzen
token-renew-title = Dieses Token ersetzen?
token-renew-text = Du bekommst ein neues Token für { $name }. Das bisherige gilt sofort nicht mehr.
token-revoke = Widerrufen
token-revoke-label = { $name } widerrufen
token-revoke-title = Dieses Token widerrufen?
token-revoke-text = Programme, die { $name } benutzen, funktionieren sofort nicht mehr.
token-revoked-now = { $name } wurde widerrufen.
token-made = Dein neues Token
token-made-text = Kopiere es jetzt und bewahre es auf wie ein Passwort.
token-once = Es wird nur dieses eine Mal gezeigt.
token-kept = Ich habe es
token-invalid-name = Der Name ist leer oder zu lang.
token-invalid-scope = Das ist nichts, was ein Token darf.
token-invalid-expiry = So lange kann ein Token nicht gelten.
token-too-many = Du hast zu viele Tokens. Widerrufe zuerst einige.
token-denied = Das ist hier nicht erlaubt.
token-incorrect-password = Das Passwort ist falsch.
token-not-found = Dieses Token gibt es nicht mehr.
token-revoked = Dieses Token wurde schon widerrufen.
span-week = 7 Tage
span-month = 30 Tage
span-quarter = 90 Tage
span-year = Ein Jahr
span-ever = Für immer

# Der Verlauf.

history-title = Was mit meinem Konto geschah
history-lead = Alles, was getan wurde, von wem und von wo. Wenn du etwas nicht warst, sag es.
history-filters = Filter
history-category = Zeige
history-all = Alles
history-notable = Nur, was einen zweiten Blick verdient
history-none = Nichts dergleichen ist geschehen.
history-earlier = Früheres zeigen
history-later = Späteres zeigen
history-newest = Zum Neuesten
history-pages = Früher und später
history-address = Adresse { $address }
history-session = Sitzung zeigen
notable = genau hinsehen
category-sign-in = Anmeldungen
category-session = Geräte
category-password = Passwort
category-email = E-Mail-Adressen
category-profile = Profil
category-application = Apps
category-token = Tokens
category-account = Das Konto selbst
by-administrator = durch eine Verwalterin oder einen Verwalter
by-application = durch eine App
by-operator = durch die Betreiber des Servers
by-system = durch den Server
by-somebody = durch jemanden, der nicht angemeldet war
not-me = Das war ich nicht
not-me-title = Das warst du nicht?
not-me-ends = Die Sitzung wird beendet, damit niemand in ihr weitermacht.
not-me-no-session = Es gibt keine Sitzung zu beenden: Sie ist schon zu Ende, oder es ist diese.
not-me-password = Dann setzt du ein neues Passwort.
not-me-no-password = Dann siehst du deine Geräte durch. Ändere dein Passwort dort, womit du dich anmeldest.
not-me-look = Sieh danach deine Geräte durch und beende, was du nicht kennst.
not-me-do = Beenden und weiter

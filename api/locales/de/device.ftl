# Auf einem anderen Gerät anmelden.

link-title = Gerät verbinden
link-text = Gib den Code ein, den dein Gerät anzeigt.
link-hint = Sechs Buchstaben und Ziffern.

device-title = Dieses Gerät verbinden?
device-code = Code auf dem Gerät
device-ip = Angefragt von der Adresse
device-agent = Angefragt durch
device-warning = Hat dich jemand hierher geschickt oder dir einen Code gegeben? Dann lehne ab: Sonst käme diese Person in dein Konto.
device-reject = Ablehnen
device-granted-title = Gerät verbunden
device-granted-text = { $client } kann jetzt dein Konto nutzen. Kehre zu deinem Gerät zurück; diese Seite kannst du schließen.
device-rejected-title = Gerät abgelehnt
device-rejected-text = { $client } hat keinen Zugriff bekommen. Du kannst diese Seite schließen.
device-expired-title = Dieser Code ist abgelaufen
device-expired-text = { $client } hat zu lange gewartet. Beginne auf deinem Gerät von vorn, um einen neuen Code zu bekommen.

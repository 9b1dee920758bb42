# Mit einem anderen Dienst anmelden.

upstream-register-text = Du hast dich mit { $provider } angemeldet. Noch ein Schritt, und du hast hier ein Konto.
upstream-import-email = Meine E-Mail-Adresse { $email } übernehmen
upstream-import-name = Meinen Namen { $name } übernehmen

upstream-link-title = Dein Konto mit { $provider } verbinden?
upstream-link-text = Danach kannst du dich hier mit { $provider } anmelden.
upstream-link = Verbinden
upstream-here = Dein Konto hier

upstream-mismatch-title = Zwei verschiedene Konten
upstream-mismatch-text = Dein Konto bei { $provider } gehört hier zu einem anderen Konto als dem, mit dem du angemeldet bist.
upstream-signed-in = Du bist angemeldet als
upstream-linked = Es gehört zu
upstream-switch = Abmelden und als { $name } weitermachen
upstream-stay = Als { $name } angemeldet bleiben

upstream-failure-title = Die Anmeldung mit { $provider } hat nicht geklappt
upstream-username-taken = Der Benutzername { $username } gehört hier zu einem anderen Konto.
upstream-username-refused = Der Benutzername { $username } ist hier nicht möglich.
upstream-missing-claim = { $provider } hat nicht mitgeteilt, was für ein Konto nötig ist.

# Mails an Menschen, die ein Konto haben oder gleich haben werden.

mail-greeting = Hallo { $name },
mail-greeting-unknown = Hallo,

mail-code-subject = Ihr Bestätigungscode lautet { $code }
mail-code-intro = Sie fügen Ihrem Konto bei { $service } diese E-Mail-Adresse hinzu. Ihr Bestätigungscode lautet:
mail-code-expiry = Er gilt einige Minuten lang. Geben Sie ihn niemandem weiter.
mail-code-unexpected = Falls Sie ihn nicht angefordert haben, beachten Sie diese E-Mail nicht: Ohne den Code geschieht nichts.

mail-recovery-subject = Ihr Konto bei { $service } wiederherstellen
mail-recovery-intro = Jemand, wahrscheinlich Sie selbst, möchte für Ihr Konto bei { $service } ein neues Passwort setzen. Öffnen Sie dazu diesen Link:
mail-recovery-button = Neues Passwort setzen
mail-recovery-expiry = Er gilt einige Minuten lang und nur einmal. Geben Sie ihn niemandem weiter.
mail-recovery-unexpected = Falls Sie das nicht waren, beachten Sie diese E-Mail nicht: Ihr Passwort bleibt, wie es ist.

mail-password-subject = Ein Passwort für Ihr Konto bei { $service } setzen
mail-password-intro = Die Verwaltung von { $service } bittet Sie, für Ihr Konto dort ein Passwort zu setzen. Öffnen Sie dazu diesen Link:
mail-password-button = Passwort setzen
mail-password-expiry = Er gilt drei Tage lang und nur einmal. Geben Sie ihn niemandem weiter.
mail-password-unexpected = Falls Sie von einem solchen Konto nichts wissen, beachten Sie diese E-Mail nicht: Ohne den Link geschieht nichts.

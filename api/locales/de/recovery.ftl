# Wenn ein Passwort vergessen wurde.

recovery-title = Neues Passwort setzen
recovery-text = Nenne uns die E-Mail-Adresse deines Kontos. Wir schicken dir einen Link, mit dem du ein neues Passwort setzen kannst.
recovery-send = Link schicken
recovery-sent-title = Sieh in deine E-Mails
recovery-sent-text = Wenn es ein Konto mit { $email } gibt, ist ein Link unterwegs.
recovery-sent-hint = Nichts da? Sieh im Spam-Ordner nach oder lass ihn noch einmal schicken.
recovery-resend = Noch einmal schicken
recovery-resent = Noch einmal geschickt.
recovery-other-email = Andere Adresse verwenden
recovery-consumed-title = Dieser Link wurde schon benutzt
recovery-consumed-text = Das Passwort wurde damit gesetzt. Melde dich mit dem neuen Passwort an.
recovery-disabled-title = Hier nicht verfügbar
recovery-disabled-text = Passwörter können auf diesem Server nicht per E-Mail zurückgesetzt werden. Bitte wende dich an die Betreiber.
recovery-for = Wähle ein neues Passwort für { $name }.
recovery-link-title = Dieser Link funktioniert nicht
recovery-link-unknown = Er ist unvollständig oder zu alt. Lass dir einen neuen schicken.
recovery-link-expired = Er galt nur ein paar Minuten. Lass dir einen neuen schicken.
recovery-link-inactive = Das Konto ist gesperrt oder deaktiviert. Bitte wende dich an die Betreiber dieses Servers.

# Wenn ein Passwort gesetzt oder geändert wird.
password-change-title = Passwort ändern
password-change = Passwort ändern
password-set = Passwort setzen
password-set-title = Dein neues Passwort ist gesetzt
password-set-text = Verwende es ab jetzt. Wo du angemeldet bist, bleibst du es.
password-switched-off = Passwörter können auf diesem Server nicht geändert werden.
password-none = Dein Konto hat kein Passwort: Du meldest dich auf anderem Weg an.

# Ein Konto anlegen.

register-title = Konto anlegen
register-choose = Wie möchtest du dich registrieren?
register-with-password = Mit Benutzername und Passwort
register-none = Die Registrierung ist hier abgeschaltet.
register-have-account = Schon ein Konto?
register-username-hint = Er wird Teil deiner Matrix-ID: @benutzername:{ $server }
register-invited-hint = Unter diesem Namen sind Sie eingeladen.
register-email-hint = An diese Adresse schicken wir einen Code.
register-password-hint = Mehrere Wörter ohne Zusammenhang sind ein gutes Passwort.
register-captcha-script = Die Aufgabe, die Roboter fernhält, braucht JavaScript. Bitte schalte es für diese Seite ein.
terms-read = Nutzungsbedingungen lesen (öffnet einen neuen Tab)

token-title = Registrierungsschlüssel
token-text = Neue Konten brauchen hier einen Schlüssel. Du bekommst ihn von den Betreibern dieses Dienstes.

verify-title = Sieh in deine E-Mails
verify-text = Wir haben einen Code an { $email } geschickt. Gib ihn hier ein.
verify-hint = Sechs Ziffern. Die E-Mail kann eine Minute brauchen und im Spam-Ordner liegen.

display-name-title = Wähle einen Anzeigenamen
display-name-text = So sehen dich andere. Du kannst ihn jederzeit ändern.
display-name-skip = Überspringen und { $name } heißen

email-in-use-title = Diese Adresse wird schon verwendet
email-in-use-text = Es gibt bereits ein Konto mit { $email }. Vielleicht möchtest du dich dort anmelden.
email-in-use-again = Mit einer anderen Adresse registrieren

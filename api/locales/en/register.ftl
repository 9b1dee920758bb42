# Making an account.

register-title = Create an account
register-choose = How would you like to register?
register-with-password = With a username and password
register-none = Registration is switched off here.
register-have-account = Have an account already?
register-username-hint = It becomes part of your Matrix ID: @username:{ $server }
register-invited-hint = You were invited under this name.
register-email-hint = We send a code to this address.
register-password-hint = A few unrelated words make a good password.
register-captcha-script = The puzzle that keeps robots out needs JavaScript. Please switch it on for this page.
terms-read = Read the terms of service (opens in a new tab)

token-title = Registration token
token-text = New accounts need a token here. You get one from whoever runs this service.

verify-title = Check your mail
verify-text = We have sent a code to { $email }. Enter it here.
verify-hint = Six digits. The mail may take a minute, and may be in the spam folder.

display-name-title = Choose a display name
display-name-text = This is how others see you. You can change it at any time.
display-name-skip = Skip and be called { $name }

email-in-use-title = This address is in use
email-in-use-text = There is an account with { $email } already. You may want to sign in to it.
email-in-use-again = Register with another address

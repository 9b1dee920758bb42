# What all pages share.

skip = Skip to the content
or = or
footer-policy = Privacy policy
footer-tos = Terms of service
title-problem = Problem:

continue = Continue
cancel = Cancel
allow = Allow
try-again = Try again
start-over = Start over
sign-in = Sign in
sign-in-again = Sign in again
sign-out = Sign out
create-account = Create an account
other-account = Use another account
not-you = Not you? Sign out
back-home = Back to the start page
back-sign-in = Back to sign-in
ask-operator = Please ask whoever runs this service for help.
account-label = Your account

# Fields, by their names.
label-username = Username
label-username-or-email = Username or email address
label-email = Email address
label-current_password = Current password
label-new-password = New password
label-password = Password
label-password_confirm = Password again
label-accept_terms = I accept the terms of service
label-token = Registration token
label-code = Code
label-display_name = Display name
label-confirm_device = I am signing in on this device myself and the code matches
label-import_email = Use this email address
label-import_display_name = Use this display name

# What is wrong with a field or a form.
problem-summary = That did not work yet
problem-required = Please fill this in.
problem-terms-required = Please accept the terms to go on.
problem-confirm-device = Please confirm that this is your device, or refuse.
problem-invalid = This is not valid.
problem-email-invalid = This does not look like an email address.
problem-code-invalid = This code is wrong or has expired.
problem-current-password = This is not your current password.
problem-token-invalid = This token does not work. It may have expired or been used.
problem-display-name-invalid = Please choose a name that is not empty and not too long.
problem-invitation = This invitation does not work. It may have expired or been used. Ask for another one.
problem-not-invited = This token is for somebody else. Open the link that you were sent.
problem-not-invited-username = The invitation is for another username.
problem-not-invited-email = The invitation is for another email address.
problem-exists = This username is taken.
problem-mismatch = The two passwords differ.
problem-too-weak = This password is too easy to guess. A longer one, such as a few unrelated words, is safer.
problem-invalid-credentials = The username or the password is wrong.
problem-rate-limited = That was a little too often. Please wait a few minutes and try again.
problem-captcha = Please solve the puzzle that shows you are human.

# The start page.
home-title = Welcome
home-welcome = Welcome
home-signed-in = You are signed in as { $name }.
home-lead = Sign in to { $service } to manage your account.
home-account = Manage your account
home-discovery = For developers, the OpenID Connect configuration:

account-title = Your account
account-missing = This server was built without account pages. Your Matrix app may offer account settings of its own.
account-script = These pages need JavaScript, which is switched off in this browser. Your password can be changed without.

# When a session cannot be used.
inactive-deactivated-title = This account was deactivated
inactive-deactivated-text = The account { $name } is no longer active. If you think this is a mistake, please ask whoever runs this service.
inactive-locked-title = This account is locked
inactive-locked-text = The account { $name } cannot be used at the moment. Please ask whoever runs this service to unlock it.
inactive-signed-out-title = You were signed out
inactive-signed-out-text = The session of { $name } in this browser was ended. Sign in again to go on.

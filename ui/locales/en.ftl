# What all pages share.

skip = Skip to the content
nav-label = Your account
nav-profile = Profile
nav-sessions = Devices
nav-tokens = Tokens
nav-history = History
nav-plan = Plan
footer-policy = Privacy policy
footer-terms = Terms of service
loading = Loading …
working = One moment …
continue = Continue
cancel = Cancel
close = Close
save = Save
undo = Undo
undone = It is as it was before.
undo-failed = It could not be undone.
look = Have a look
more = Show more
remove = Remove
rename = Rename
copy = Copy
copied = Copied.
show = Show
hide = Hide
try-again = Try again
start-over = Start over
sign-in = Sign in
sign-out = Sign out
to-profile = To your account
to-sessions = To your devices
to-sign-in = Back to sign-in
just-now = just now
agent = { $name } on { $system }

failed-title = That did not work
failed-text = The server could not do it. Please try again.
failed-unreachable = The server cannot be reached. Are you connected to the internet?
missing-title = There is nothing here
missing-text = It may have been removed, or the address is wrong.
signed-out-title = You are signed out
signed-out-text = Your session in this browser has ended. Sign in again to go on.
live-lost = Live updates are interrupted. This page looks for news every { $seconds } seconds.
live-news = Just now: { $what }

# The profile.

profile-title = Your account
name-edit = Edit name
name-label = Display name
name-hint = What others see. Leave it empty to have none.
name-invalid = This name is too long.
name-changed = Your name was changed.
homeserver-silent = Your chat server does not answer right now, so that your display name cannot be shown.

emails-title = Email addresses
emails-none = No email address
emails-why = With an address you can set a new password when you have forgotten yours.
email-since = Added on { $date }
email-add = Add an address
email-label = Email address
email-send = Send me a code
email-remove-label = Remove { $email }
email-remove-title = Remove this address?
email-remove-text = { $email } can no longer be used to sign in or to set a new password.
email-removed = { $email } was removed.
email-added = { $email } was added.
email-invalid-email-address = This does not look like an email address.
email-rate-limited = That was a little too often. Please wait a few minutes.
email-denied = This address is not allowed here.
email-in-use = This address belongs to your account already.
email-incorrect-password = The password is wrong.
email-in-use-title = This address is taken
email-in-use-text = { $email } belongs to another account. If that is yours too, remove it there first.

code-title = Check your mail
code-text = We sent a code to { $email }. Enter it here to add the address.
code-label = Code
code-resend = Send another code
code-resent = Another code is on its way.
code-invalid-code = This code is wrong.
code-code-expired = This code has expired. Let us send you another one.
code-rate-limited = That was a little too often. Please wait a few minutes.

security-title = Security
password-title = Password
password-label = Password
password-set = A password is set.
password-none = Your account has no password: you sign in another way.
password-wrong = The password is wrong.
password-current = Current password
password-new = New password
password-again = Password again
password-hint = A few unrelated words are easy to remember and hard to guess.
password-differs = The two passwords differ.
password-too-weak = This password is too easy to guess.
password-change-title = Change your password
password-change = Change password
password-set-do = Set password
password-done-title = Your new password is set
password-done-text = Use it from now on. Wherever you are signed in, you still are.
password-done-sessions = Look through your devices
show-password = Show the password

strength-label = Strength of the new password
strength-none = How strong it is shows as you type.
strength-0 = Far too easy to guess
strength-1 = Very easy to guess
strength-2 = Easy to guess
strength-3 = Good
strength-4 = Very good

set-password-not-found = There is no such account.
set-password-no-current-password = Your account has no password.
set-password-wrong-password = This is not your current password.
set-password-invalid-new-password = This password is too easy to guess.
set-password-not-allowed = This cannot be done here.
set-password-password-changes-disabled = Passwords cannot be changed on this server.
set-password-no-such-recovery-ticket = This link does not work. Ask for a new one.
set-password-recovery-ticket-already-used = This link was used already.
set-password-expired-recovery-ticket = This link has expired. Ask for a new one.
set-password-account-locked = This account is locked. Please ask whoever runs this server.

recovery-title = Set a new password
recovery-for = Choose a new password for { $name }.
recovery-link-title = This link does not work
recovery-link-expired = It was good for a few minutes only. We can send you a new one.
recovery-link-consumed = It was used already. Sign in with the new password.
recovery-link-unknown = It is not complete, or was forgotten after some days. Ask for a new one.
recovery-resend = Send a new link

cross-signing-title = Reset your digital identity
cross-signing-short = If you have lost all devices and your recovery key.
cross-signing-open = Reset
cross-signing-text = Allow your app to make new keys for your digital identity. Do this only if you have no other verified device and no recovery key.
cross-signing-keeps = You keep your account, contacts, rooms and settings.
cross-signing-loses = You lose old messages that are stored on the server alone.
cross-signing-verify = Your devices and contacts have to be verified again.
cross-signing-only = Go on only if you have just asked for this in your app.
cross-signing-do = Allow the reset
cross-signing-success-title = The reset is allowed
cross-signing-success-text = Go back to your app within ten minutes to finish it.
cross-signing-cancelled-title = Nothing was reset
cross-signing-cancelled-text = You can close this window and go back to your app.

leaving-title = Leaving
sign-out-text = Sign out in this browser. Your apps stay signed in.
delete-short = Delete your account for good.
delete-open = Delete account
delete-title = Delete your account?
delete-means = This is what it means:
delete-sessions = You are signed out everywhere, in all apps.
delete-data = Your email addresses, password and tokens are removed.
delete-name = The name { $name } stays taken: nobody can have it again, not even you.
delete-forever = It cannot be undone.
delete-erase = Also hide my messages from people who join later, and forget my addresses
delete-type = Type { $name } to confirm
delete-mistyped = This is not your user id.
delete-do = Delete my account

# Devices.

sessions-title = Your devices
sessions-lead = Where you are signed in, in browsers and in apps. If you do not know one, end it.
sessions-here = This browser
sessions-others = Elsewhere
sessions-none = Nowhere else
sessions-none-text = You are signed in in this browser alone.
sessions-limit = You have { $limit } or more sessions of apps, as many as you may. End some before you sign in on another device.
sessions-limit-near = Apps are signed in { $count ->
    [one] once
   *[other] { $count } times
}. You may have { $limit } such sessions.
sessions-end-others = End all others
sessions-end-picked = End selected
sessions-picked = { $count ->
    [one] { $count } selected
   *[other] { $count } selected
}
session-pick = Select { $name }
session-this = this browser
session-this-text = This is where you are. To sign out here, go to your profile.
session-since = Signed in on { $time }
session-used = Last used
session-from = from the address { $address }
session-ended = It ended on { $time }.
session-name = Name
session-name-hint = Call it so that you know it again.
renamed = The name was changed.
kind-browser = Browser
kind-app = App
browser-unknown = A browser
app-unnamed = An app without a name
app-matrix = Matrix app
fact-app = App
fact-device = Device
fact-device-id = Device id
fact-signed-in = Signed in
fact-used = Last used
fact-address = Network address
address-unknown = Not known
address-hint = Which network it was last used from. Where that is in the world is not looked up.
fact-scopes = What it may do
back-sessions = ← All devices
end-title = { $count ->
    [one] End this session?
   *[other] End { $count } sessions?
}
end-one = { $name } will be signed out.
end-several = { $count } devices will be signed out.
end-keys = Apps may lose the keys of encrypted messages that are stored nowhere else.
end-do = { $count ->
    [one] End session
   *[other] End { $count } sessions
}
end-this = End this session
ended = { $count ->
    [0] There was nothing to end.
    [one] The session was ended.
   *[other] { $count } sessions were ended.
}
end-others-title = End all other sessions?
end-others-text = All your other browsers and apps will be signed out. Only this browser stays.
end-others-tokens = Revoke my personal tokens as well
device-missing-title = This device is not signed in
device-missing-text = There is no session for the device { $device }. It may have ended already.

app-native = App on a device
app-web = Web app
app-website = Website
app-terms = Terms of service
app-policy = Privacy policy
app-sessions = Where you use it
app-none = You are not signed in to this app.
app-end = Sign out of it everywhere

scope-openid = See who you are: your user id and name
scope-email = See your email address
scope-matrix = Use Matrix as you: read and send messages, and change your profile and rooms
scope-device = Appear as the device { $device }
scope-account = See and change your account here
scope-homeserver = Administer the homeserver, with access to everybody’s account
scope-admin = Administer all accounts on this server
scope-audit = Read what happened to all accounts
scope-other = Use the permission “{ $scope }”

# Personal tokens.

tokens-title = Personal tokens
tokens-lead = For your own programs, which act as you with them. Whoever has a token can do what it may.
tokens-none = No tokens yet
tokens-none-text = Create one for a script or a bot of yours.
token-create = Create a token
token-create-do = Create
token-name = Name
token-name-hint = What it is for, such as “backup script”.
token-scopes = What it may do
token-no-scope = Choose at least one thing that it may do.
token-expiry = Good for
token-expires = Good until { $date }
token-expired = expired
token-forever = Good for ever
token-unused = Never used
token-renew = Replace
token-renew-label = Replace { $name }
token-renew-title = Replace this token?
token-renew-text = You get a new token for { $name }. The one before stops working at once.
token-revoke = Revoke
token-revoke-label = Revoke { $name }
token-revoke-title = Revoke this token?
token-revoke-text = Programs that use { $name } stop working at once.
token-revoked-now = { $name } was revoked.
token-made = Your new token
token-made-text = Copy it now and keep it like a password.
token-once = It is shown this once.
token-kept = I have kept it
token-invalid-name = The name is empty or too long.
token-invalid-scope = This is not something that a token may do.
token-invalid-expiry = This is not a time that a token can be good for.
token-too-many = You have too many tokens. Revoke some first.
token-denied = This is not allowed here.
token-incorrect-password = The password is wrong.
token-not-found = This token does not exist any more.
token-revoked = This token was revoked already.
span-week = 7 days
span-month = 30 days
span-quarter = 90 days
span-year = One year
span-ever = For ever

# The history.

history-title = What happened to my account
history-lead = Everything that was done, by whom and from where. If something was not you, say so.
history-filters = Filter
history-category = Show
history-all = Everything
history-notable = Only what deserves a second look
history-none = Nothing like that has happened.
history-earlier = Show earlier
history-later = Show later
history-newest = To the newest
history-pages = Earlier and later
history-address = address { $address }
history-session = Show the session
notable = look twice
category-sign-in = Signing in
category-session = Devices
category-password = Password
category-email = Email addresses
category-profile = Profile
category-application = Apps
category-token = Tokens
category-account = The account itself
by-administrator = by an administrator
by-application = by an app
by-operator = by whoever runs the server
by-system = by the server
by-somebody = by somebody who was not signed in
not-me = This wasn’t me
not-me-title = This wasn’t you?
not-me-ends = The session is ended, so that nobody can go on in it.
not-me-no-session = There is no session to end: it has ended already, or it is this one.
not-me-password = Then you set a new password.
not-me-no-password = Then you look through your devices. Change your password where you sign in with.
not-me-look = Look through your devices afterwards and end what you do not know.
not-me-do = End it and go on

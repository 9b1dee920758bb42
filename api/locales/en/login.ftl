# Signing in, and what applications ask for.

login-title = Sign in
login-continue = Sign in to continue.
login-forgot = Forgot your password?
login-no-account = No account yet?
login-none = Signing in is switched off here. Please ask whoever runs this service.
providers-label = Other ways to sign in
provider-continue = Continue with { $provider }

consent-title = Allow { $client } to use your account?
consent-text = { $client } asks for access to your account.
consent-leads-to = If you allow this, you go on to { $destination }.
client-policy = Privacy policy of { $client }
client-tos = Terms of service of { $client }

permissions-title = It would be able to:
scope-openid = See who you are: your user id and name
scope-email = See your email address
scope-matrix = Use Matrix as you: read and send messages, and change your profile and rooms
scope-device = Appear as the device { $device }
scope-account = See and change your account here
scope-homeserver-admin = Administer the homeserver, with access to everybody’s account
scope-admin = Administer all accounts on this server
scope-admin-read = See all accounts on this server, their sessions and settings
scope-admin-users = Manage users on this server: create, lock and delete accounts, set passwords
scope-admin-sessions = See and end everyone’s sessions on this server
scope-admin-tokens = Issue registration tokens on this server, and see and revoke personal tokens
scope-audit = Read the record of everything that is done on this server
scope-other = Use the permission “{ $scope }”

sso-title = Sign in to an app?
sso-text = You are about to sign in to an app and go on to { $destination }.
sso-warning = Only continue if you started this yourself. The app will be able to use your whole account.
sso-expired-title = This sign-in has expired
sso-expired-text = It took too long or was used already. Please go back to your app and start again.

relay-title = One moment
relay-text = You are being taken to { $destination }. If nothing happens, press the button.
repost-text = Your sign-in goes on. If nothing happens, press the button.

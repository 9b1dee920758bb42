# Signing in with another service.

upstream-register-text = You signed in with { $provider }. One more step and you have an account here.
upstream-import-email = Use my email address { $email }
upstream-import-name = Use my name { $name }

upstream-link-title = Connect your account with { $provider }?
upstream-link-text = From then on you can sign in here with { $provider }.
upstream-link = Connect
upstream-here = Your account here

upstream-mismatch-title = Two different accounts
upstream-mismatch-text = Your account at { $provider } belongs to another account here than the one you are signed in to.
upstream-signed-in = You are signed in as
upstream-linked = It belongs to
upstream-switch = Sign out and go on as { $name }
upstream-stay = Stay signed in as { $name }

upstream-failure-title = Signing in with { $provider } did not work
upstream-username-taken = The username { $username } belongs to another account here.
upstream-username-refused = The username { $username } is not possible here.
upstream-missing-claim = { $provider } did not tell what is needed to make an account.

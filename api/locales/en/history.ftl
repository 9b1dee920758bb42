# What happened to an account, for the person whose account it is. A title is a few words; details say
# what more there is to know. Under the types of the events, in the order of docs/events.md.

history-some-client = unknown application
history-some-provider = another service

history-user-registered = Account created
history-user-registered-details = { $how ->
        [admin] An administrator created the account “{ $value }”.
        [operator] Whoever runs this service created the account “{ $value }”.
       *[other] With the username “{ $value }”.
    }
history-user-locked = Account locked
history-user-locked-details = While it is locked, nobody can sign in, and no session is accepted.
history-user-unlocked = Account unlocked
history-user-unlocked-details = Its sessions are accepted again.
history-user-deactivated = Account deactivated
history-user-deactivated-details = { $how ->
        [erase] Every session ended, the password was deleted, and the homeserver was asked to erase what you have written.
       *[other] Every session ended, and the password was deleted.
    }
history-user-reactivated = Account reactivated
history-user-reactivated-details = It can be used again. What the deactivation removed did not come back.
history-user-erased = Personal data erased
history-user-admin-granted = Administrator rights granted
history-user-admin-granted-details = Applications may now be allowed to administer this service on your behalf.
history-user-admin-revoked = Administrator rights taken away
history-user-email-added = Email address added
history-user-email-added-details = { $value }
history-user-email-removed = Email address removed
history-user-email-removed-details = { $how ->
        [deactivation] It went with the account.
        [erasure] It was erased with the personal data.
       *[other] { "" }
    }
history-user-password-set = { $how ->
        [registration] Password chosen
       *[other] Password changed
    }
history-user-password-set-details = { $how ->
        [admin] An administrator set a new one.
        [operator] Whoever runs this service set a new one.
        [recovery] Through a link sent to one of your email addresses.
       *[other] { "" }
    }
history-user-password-link-requested = Link to choose a password sent
history-user-password-link-requested-details = An administrator had it sent to one of your email addresses.
history-user-password-hash-upgraded = Password stored more safely
history-user-password-hash-upgraded-details = The password itself stayed the same.
history-user-sign-ins-failed = { $count ->
        [one] Failed attempt to sign in
       *[other] { $count } failed attempts to sign in
    }
history-user-sign-ins-failed-details = Somebody tried a wrong password.
history-user-terms-accepted = Terms of service accepted
history-user-terms-accepted-details = { $value }
history-user-display-name-set = Display name changed
history-user-display-name-set-details = { $value }
history-user-cross-signing-reset-allowed = Reset of your cryptographic identity allowed
history-user-cross-signing-reset-allowed-details = For some minutes, an application could replace the keys by which others recognise you.
history-user-upstream-linked = Linked to your account at { $provider }
history-user-upstream-linked-details = { $value }
history-user-upstream-unlinked = Link to another service removed

history-session-ended = { $how ->
        [signed_out] Signed out there.
        [self_service] Ended from another session.
        [revoked] The application signed itself out.
        [admin] Ended by an administrator.
        [operator] Ended by whoever runs this service.
        [code_replayed] Ended for safety: its sign-in code was used a second time.
        [refresh_token_reused] Ended for safety: an old token of it was used again.
        [device_replaced] Replaced by a new sign-in on the same device.
        [session_limit] Ended to make room for a newer sign-in.
        [inactivity] Ended because it had not been used for long.
        [deactivation] Ended with the account.
        [backchannel_logout] Ended because you signed out at the service you had signed in with.
        [homeserver] The homeserver did not accept the device.
       *[other] { "" }
    }

history-browser-session-started = Signed in, in a browser
history-browser-session-authenticated = { $how ->
        [password] Password confirmed
        [upstream] Confirmed by { $provider }
       *[other] Confirmed by whoever runs this service
    }
history-browser-session-consent-given = Use of your account allowed: { $client }
history-browser-session-consent-refused = Use of your account refused: { $client }
history-browser-session-finished = Signed out of a browser
history-browser-session-finished-details = { history-session-ended }

history-oauth2-session-started = Application signed in: { $client }
history-oauth2-session-started-details = { $how ->
        [device_code] By a code that was entered in a browser.
        [issued] Issued by an administrator or by whoever runs this service.
       *[other] { "" }
    }
history-oauth2-session-named = Application renamed: { $client }
history-oauth2-session-named-details = { $value }
history-oauth2-session-refresh-token-reused = Old token used: { $client }
history-oauth2-session-refresh-token-reused-details = The token had been replaced already. It may have been stolen, or the application is broken. It was refused.
history-oauth2-session-finished = Application signed out: { $client }
history-oauth2-session-finished-details = { history-session-ended }

history-compat-session-started = Signed in on a device
history-compat-session-started-details = { $value }
history-compat-session-named = Device renamed
history-compat-session-named-details = { $value }
history-compat-session-finished = Signed out of a device
history-compat-session-finished-details = { history-session-ended }

history-personal-session-created = Personal token created
history-personal-session-created-details = { $value }
history-personal-session-token-issued = Personal token issued
history-personal-session-token-revoked = Personal token replaced
history-personal-session-revoked = Personal token revoked
history-personal-session-revoked-details = { history-session-ended }

history-oauth2-client-registered = Application registered: { $client }
history-oauth2-client-deleted = Application removed: { $client }
history-registration-token-created = Invitation created
history-registration-token-used = Invitation used
history-registration-token-revoked = Invitation withdrawn
history-registration-token-unrevoked = Invitation restored
history-registration-token-expiry-set = Expiry of an invitation changed
history-registration-token-invitee-forgotten = Forgotten whom an invitation was for
history-registration-token-usage-limit-set = Number of uses of an invitation changed
history-policy-data-set = Data of the policy replaced
history-personal-data-disclosed = Somebody saw personal data in your history
history-personal-data-disclosed-details = { $count ->
        [one] It stood in one entry.
       *[other] It stood in { $count } entries.
    }

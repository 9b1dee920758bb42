# When a password is forgotten.

recovery-title = Set a new password
recovery-text = Tell us the email address of your account. We send you a link to set a new password.
recovery-send = Send the link
recovery-sent-title = Check your mail
recovery-sent-text = If there is an account with { $email }, a link is on its way.
recovery-sent-hint = Nothing there? Have a look at the spam folder, or let us send it again.
recovery-resend = Send it again
recovery-resent = Sent again.
recovery-other-email = Use another address
recovery-consumed-title = This link was used already
recovery-consumed-text = The password has been set with it. Sign in with the new password.
recovery-disabled-title = Not available here
recovery-disabled-text = Passwords cannot be reset by mail on this server. Please ask whoever runs it for help.
recovery-for = Choose a new password for { $name }.
recovery-link-title = This link does not work
recovery-link-unknown = It is not complete, or its recovery was forgotten after some days. Ask for a new one.
recovery-link-expired = It was good for a few minutes only. Ask for a new one.
recovery-link-inactive = Its account is locked or deactivated. Please ask whoever runs this server for help.

# When a password is set or changed.
password-change-title = Change your password
password-change = Change password
password-set = Set password
password-set-title = Your new password is set
password-set-text = Use it from now on. Wherever you are signed in, you still are.
password-switched-off = Passwords cannot be changed on this server.
password-none = Your account has no password: you sign in another way.

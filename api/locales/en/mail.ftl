# Mails to people who have, or are about to have, an account.
# $service: what the deployment calls itself. $name: a username.

mail-greeting = Hello { $name },
mail-greeting-unknown = Hello,

# $code: six digits.
mail-code-subject = Your verification code is { $code }
mail-code-intro = You are adding this email address to your account at { $service }. Your verification code is:
mail-code-expiry = It is good for a few minutes. Give it to nobody.
mail-code-unexpected = If you did not ask for it, ignore this mail: without the code nothing happens.

mail-recovery-subject = Recover your account at { $service }
mail-recovery-intro = Somebody, probably you, asked to set a new password for your account at { $service }. To do so, open this link:
mail-recovery-button = Set a new password
mail-recovery-expiry = It is good for a few minutes, and once. Give it to nobody.
mail-recovery-unexpected = If you did not ask for it, ignore this mail: your password stays as it is.

mail-password-subject = Set a password for your account at { $service }
mail-password-intro = An administrator of { $service } asks you to set a password for your account there. To do so, open this link:
mail-password-button = Set a password
mail-password-expiry = It is good for three days, and once. Give it to nobody.
mail-password-unexpected = If you do not know of such an account, ignore this mail: without the link nothing happens.

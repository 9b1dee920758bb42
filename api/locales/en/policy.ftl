# Why a policy refuses.

policy-title = This is not allowed here
policy-text = The rules of this server do not allow what you asked for:
policy-manage-sessions = Manage your sessions
policy-other = This does not fit the rules of this server.
policy-sessions-remove =
    { $count ->
        [one] You have too many sessions. Please end one session first.
       *[other] You have too many sessions. Please end { $count } sessions first.
    }
policy-username-too-short = This username is too short.
policy-username-too-long = This username is too long.
policy-username-all-numeric = A username cannot be made of digits alone.
policy-username-invalid-chars = Only lower-case letters a to z, digits and . = _ / + - are possible here.
policy-username-banned = This username is not allowed here.
policy-username-not-allowed = This username is not allowed here.
policy-email-domain-not-allowed = Email addresses of this provider are not allowed here.
policy-email-domain-banned = Email addresses of this provider are not allowed here.
policy-email-not-allowed = This email address is not allowed here.
policy-email-banned = This email address is not allowed here.

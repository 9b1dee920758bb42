# Warum eine Regel etwas ablehnt.

policy-title = Das ist hier nicht erlaubt
policy-text = Die Regeln dieses Servers erlauben nicht, worum du gebeten hast:
policy-manage-sessions = Sitzungen verwalten
policy-other = Das passt nicht zu den Regeln dieses Servers.
policy-sessions-remove =
    { $count ->
        [one] Du hast zu viele Sitzungen. Bitte beende zuerst eine Sitzung.
       *[other] Du hast zu viele Sitzungen. Bitte beende zuerst { $count } Sitzungen.
    }
policy-username-too-short = Dieser Benutzername ist zu kurz.
policy-username-too-long = Dieser Benutzername ist zu lang.
policy-username-all-numeric = Ein Benutzername kann nicht nur aus Ziffern bestehen.
policy-username-invalid-chars = Hier gehen nur Kleinbuchstaben a bis z, Ziffern und . = _ / + -
policy-username-banned = Dieser Benutzername ist hier nicht erlaubt.
policy-username-not-allowed = Dieser Benutzername ist hier nicht erlaubt.
policy-email-domain-not-allowed = E-Mail-Adressen dieses Anbieters sind hier nicht erlaubt.
policy-email-domain-banned = E-Mail-Adressen dieses Anbieters sind hier nicht erlaubt.
policy-email-not-allowed = Diese E-Mail-Adresse ist hier nicht erlaubt.
policy-email-banned = Diese E-Mail-Adresse ist hier nicht erlaubt.

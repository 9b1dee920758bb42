# Was mit einem Konto geschah, für den Menschen, dem es gehört.

history-some-client = unbekannte Anwendung
history-some-provider = einem anderen Dienst

history-user-registered = Konto angelegt
history-user-registered-details = { $how ->
        [admin] Das Konto „{ $value }“ wurde von der Administration angelegt.
        [operator] Das Konto „{ $value }“ wurde vom Betreiber dieses Dienstes angelegt.
       *[other] Mit dem Benutzernamen „{ $value }“.
    }
history-user-locked = Konto gesperrt
history-user-locked-details = Solange es gesperrt ist, kann sich niemand anmelden, und keine Sitzung wird angenommen.
history-user-unlocked = Konto entsperrt
history-user-unlocked-details = Seine Sitzungen werden wieder angenommen.
history-user-deactivated = Konto stillgelegt
history-user-deactivated-details = { $how ->
        [erase] Alle Sitzungen wurden beendet, das Passwort gelöscht, und der Homeserver wurde gebeten, Ihre Beiträge zu löschen.
       *[other] Alle Sitzungen wurden beendet, und das Passwort wurde gelöscht.
    }
history-user-reactivated = Konto wieder in Betrieb
history-user-reactivated-details = Es kann wieder benutzt werden. Was beim Stilllegen entfernt wurde, ist nicht zurückgekommen.
history-user-erased = Persönliche Daten gelöscht
history-user-admin-granted = Administrationsrechte erteilt
history-user-admin-granted-details = Anwendungen kann nun erlaubt werden, diesen Dienst in Ihrem Namen zu verwalten.
history-user-admin-revoked = Administrationsrechte entzogen
history-user-email-added = E-Mail-Adresse hinzugefügt
history-user-email-added-details = { $value }
history-user-email-removed = E-Mail-Adresse entfernt
history-user-email-removed-details = { $how ->
        [deactivation] Sie ging mit dem Konto.
        [erasure] Sie wurde mit den persönlichen Daten gelöscht.
       *[other] { "" }
    }
history-user-password-set = { $how ->
        [registration] Passwort gewählt
       *[other] Passwort geändert
    }
history-user-password-set-details = { $how ->
        [admin] Die Administration hat ein neues gesetzt.
        [operator] Der Betreiber dieses Dienstes hat ein neues gesetzt.
        [recovery] Über einen Link an eine Ihrer E-Mail-Adressen.
       *[other] { "" }
    }
history-user-password-link-requested = Link zum Wählen eines Passworts gesendet
history-user-password-link-requested-details = Die Administration ließ ihn an eine Ihrer E-Mail-Adressen senden.
history-user-password-hash-upgraded = Passwort sicherer gespeichert
history-user-password-hash-upgraded-details = Das Passwort selbst ist dasselbe geblieben.
history-user-sign-ins-failed = { $count ->
        [one] Fehlgeschlagene Anmeldung
       *[other] { $count } fehlgeschlagene Anmeldungen
    }
history-user-sign-ins-failed-details = Jemand hat ein falsches Passwort versucht.
history-user-terms-accepted = Nutzungsbedingungen angenommen
history-user-terms-accepted-details = { $value }
history-user-display-name-set = Anzeigename geändert
history-user-display-name-set-details = { $value }
history-user-cross-signing-reset-allowed = Zurücksetzen Ihrer kryptografischen Identität erlaubt
history-user-cross-signing-reset-allowed-details = Einige Minuten lang konnte eine Anwendung die Schlüssel ersetzen, an denen andere Sie erkennen.
history-user-upstream-linked = Mit Ihrem Konto bei { $provider } verknüpft
history-user-upstream-linked-details = { $value }
history-user-upstream-unlinked = Verknüpfung mit einem anderen Dienst entfernt

history-session-ended = { $how ->
        [signed_out] Dort abgemeldet.
        [self_service] Von einer anderen Sitzung aus beendet.
        [revoked] Die Anwendung hat sich selbst abgemeldet.
        [admin] Von einer Administratorin oder einem Administrator beendet.
        [operator] Vom Betreiber dieses Dienstes beendet.
        [code_replayed] Zur Sicherheit beendet: Der Anmeldecode wurde ein zweites Mal verwendet.
        [refresh_token_reused] Zur Sicherheit beendet: Ein altes Token wurde noch einmal verwendet.
        [device_replaced] Durch eine neue Anmeldung auf demselben Gerät ersetzt.
        [session_limit] Beendet, um Platz für eine neuere Anmeldung zu schaffen.
        [inactivity] Beendet, weil sie lange nicht benutzt wurde.
        [deactivation] Mit dem Konto beendet.
        [backchannel_logout] Beendet, weil Sie sich bei dem Dienst abgemeldet haben, über den Sie sich angemeldet hatten.
        [homeserver] Der Homeserver hat das Gerät nicht angenommen.
       *[other] { "" }
    }

history-browser-session-started = In einem Browser angemeldet
history-browser-session-authenticated = { $how ->
        [password] Mit dem Passwort bestätigt
        [upstream] Durch { $provider } bestätigt
       *[other] Durch den Betreiber dieses Dienstes bestätigt
    }
history-browser-session-consent-given = Nutzung Ihres Kontos erlaubt: { $client }
history-browser-session-consent-refused = Nutzung Ihres Kontos abgelehnt: { $client }
history-browser-session-finished = Aus einem Browser abgemeldet
history-browser-session-finished-details = { history-session-ended }

history-oauth2-session-started = Anwendung angemeldet: { $client }
history-oauth2-session-started-details = { $how ->
        [device_code] Mit einem Code, der in einem Browser eingegeben wurde.
        [issued] Ausgestellt von der Administration oder vom Betreiber dieses Dienstes.
       *[other] { "" }
    }
history-oauth2-session-named = Anwendung umbenannt: { $client }
history-oauth2-session-named-details = { $value }
history-oauth2-session-refresh-token-reused = Altes Token verwendet: { $client }
history-oauth2-session-refresh-token-reused-details = Das Token war schon ersetzt. Es kann gestohlen worden sein, oder die Anwendung ist fehlerhaft. Es wurde abgelehnt.
history-oauth2-session-finished = Anwendung abgemeldet: { $client }
history-oauth2-session-finished-details = { history-session-ended }

history-compat-session-started = Auf einem Gerät angemeldet
history-compat-session-started-details = { $value }
history-compat-session-named = Gerät umbenannt
history-compat-session-named-details = { $value }
history-compat-session-finished = Von einem Gerät abgemeldet
history-compat-session-finished-details = { history-session-ended }

history-personal-session-created = Persönliches Token angelegt
history-personal-session-created-details = { $value }
history-personal-session-token-issued = Persönliches Token ausgestellt
history-personal-session-token-revoked = Persönliches Token ersetzt
history-personal-session-revoked = Persönliches Token widerrufen
history-personal-session-revoked-details = { history-session-ended }

history-oauth2-client-registered = Anwendung registriert: { $client }
history-oauth2-client-deleted = Anwendung entfernt: { $client }
history-registration-token-created = Einladung angelegt
history-registration-token-used = Einladung verwendet
history-registration-token-revoked = Einladung zurückgezogen
history-registration-token-unrevoked = Einladung wiederhergestellt
history-registration-token-expiry-set = Ablauf einer Einladung geändert
history-registration-token-invitee-forgotten = Vergessen, für wen eine Einladung war
history-registration-token-usage-limit-set = Zahl der Verwendungen einer Einladung geändert
history-policy-data-set = Daten der Richtlinie ersetzt
history-personal-data-disclosed = Jemand hat persönliche Daten in Ihrem Verlauf gesehen
history-personal-data-disclosed-details = { $count ->
        [one] Sie standen in einem Eintrag.
       *[other] Sie standen in { $count } Einträgen.
    }

# Wenn es keine Seite zu zeigen gibt. Nach dem Code des Fehlers.

error-id = Wenn es wieder geschieht, nenne den Betreibern dieses Dienstes diese Kennung:
error-code = Code:

error-not-found-title = Seite nicht gefunden
error-not-found-text = Unter dieser Adresse gibt es nichts.
error-csrf-title = Bitte noch einmal
error-csrf-text = Das Formular war zu lange offen, oder dein Browser behält keine Cookies. Geh zurück, lade die Seite neu und sende sie noch einmal ab.
error-invalid-request-title = Dieser Link funktioniert nicht
error-invalid-request-text = Die Adresse oder das Formular ist unvollständig oder beschädigt. Bitte beginne dort, wo du hergekommen bist, von vorn.
error-unknown-client-title = Unbekannte App
error-unknown-client-text = Dieser Server kennt die App nicht, die dich hierher geschickt hat. Bitte beginne in der App von vorn.
error-invalid-redirect-uri-title = Falsche Rücksprungadresse
error-invalid-redirect-uri-text = Die App wollte zu einer Adresse zurück, die für sie nicht eingetragen ist. Zu deiner Sicherheit endet es hier.
error-already-used-title = Das ist schon erledigt
error-already-used-text = Wofür diese Seite da war, ist vorbei. Bitte beginne dort, wo du hergekommen bist, von vorn.
error-expired-title = Das hat zu lange gedauert
error-expired-text = Zu deiner Sicherheit funktioniert diese Seite nur eine begrenzte Zeit. Bitte beginne von vorn.
error-not-available-title = Hier nicht verfügbar
error-not-available-text = Das ist auf diesem Server abgeschaltet.
error-rate-limited-title = Bitte etwas langsamer
error-rate-limited-text = Das waren zu viele Versuche. Bitte warte ein paar Minuten und versuche es dann noch einmal.
error-upstream-title = Der andere Dienst hat dich nicht eingelassen
error-upstream-text = Der Dienst, mit dem du dich anmelden wolltest, hat abgelehnt oder etwas Unerwartetes geantwortet. Bitte versuche es noch einmal.
error-username-taken-title = Dieser Benutzername wurde inzwischen vergeben
error-username-taken-text = Jemand war etwas schneller. Bitte registriere dich noch einmal mit einem anderen Benutzernamen.
error-internal-title = Da ist etwas schiefgegangen
error-internal-text = Das liegt an uns, nicht an dir. Bitte versuche es gleich noch einmal.
error-unavailable-title = Gleich wieder da
error-unavailable-text = Dieser Dienst ist gerade nicht verfügbar. Bitte versuche es gleich noch einmal.

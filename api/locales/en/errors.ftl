# When there is no page to show. By the code of the error.

error-id = If it keeps happening, tell whoever runs this service this id:
error-code = Code:

error-not-found-title = Page not found
error-not-found-text = There is nothing at this address.
error-csrf-title = Please try again
error-csrf-text = The form was open for too long, or your browser does not keep cookies. Go back, load the page anew and send it again.
error-invalid-request-title = This link does not work
error-invalid-request-text = The address or the form is incomplete or damaged. Please start again where you came from.
error-unknown-client-title = Unknown app
error-unknown-client-text = The app that sent you here is not known to this server. Please start again in the app.
error-invalid-redirect-uri-title = Wrong return address
error-invalid-redirect-uri-text = The app asked to return to an address that is not registered for it. For your safety, this ends here.
error-already-used-title = This was done already
error-already-used-text = What this page is for is over. Please start again where you came from.
error-expired-title = This took too long
error-expired-text = For your safety, this page works for a limited time only. Please start again.
error-not-available-title = Not available here
error-not-available-text = This is switched off on this server.
error-rate-limited-title = A little slower, please
error-rate-limited-text = There were too many attempts. Please wait a few minutes and try again.
error-upstream-title = The other service did not let you in
error-upstream-text = The service that you wanted to sign in with refused, or answered something unexpected. Please try again.
error-username-taken-title = This username was taken meanwhile
error-username-taken-text = Somebody was a little faster. Please register again with another username.
error-internal-title = Something went wrong
error-internal-text = This is our fault, not yours. Please try again in a moment.
error-unavailable-title = Back in a moment
error-unavailable-text = This service is not available right now. Please try again in a moment.

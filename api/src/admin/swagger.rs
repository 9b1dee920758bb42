//! Swagger UI, from the program itself (contract admin-api.md 1).

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Route,
    endpoint::{BoxEndpoint, make, make_sync},
    http::Uri,
    web::Html,
};
use poem_openapi::OpenApiService;

/// The page; the document is loaded from beside it, so that it works under any prefix.
const PAGE: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Admin API</title>
<style>{style}</style>
</head>
<body>
<div id="ui"></div>
<script>{script}</script>
<script>
SwaggerUIBundle({
  dom_id: "#ui",
  url: new URL("../spec.json", window.location.href).href,
  oauth2RedirectUrl: new URL("oauth2-callback", window.location.href).href,
  deepLinking: true,
});
</script>
</body>
</html>
"##;

/// Answers with the page.
pub fn page() -> impl Endpoint<Output = Response> {
    let page = build_page(&bundled().swagger_ui_html());
    make_sync(move |_| Html(page.clone()).into_response())
}

/// Answers with the page that hands an authorization back to Swagger UI.
pub fn oauth2_callback() -> BoxEndpoint<'static> {
    let bundled = Arc::new(Route::new().nest("/", bundled().swagger_ui()));
    make(move |_| {
        let bundled = bundled.clone();
        // A request of its own: the one that came bears the marks of the routes it came through,
        // which no route that is found anew understands.
        let inner = Request::builder()
            .uri(Uri::from_static("/oauth-receiver.html"))
            .finish();
        async move { bundled.call(inner).await }
    })
    .boxed()
}

/// What poem-openapi brings along.
fn bundled() -> OpenApiService<(), ()> {
    OpenApiService::new((), "", "")
}

/// Takes script and style out of the page that poem-openapi makes: that page has its document
/// inlined, and a callback address of its own.
fn build_page(bundled: &str) -> String {
    let style = between(bundled, "<style charset=\"UTF-8\">", "</style>");
    let script = between(bundled, "<script charset=\"UTF-8\">", "</script>");
    match (style, script) {
        (Some(style), Some(script)) => PAGE
            .replacen("{style}", style, 1)
            .replacen("{script}", script, 1),
        _ => bundled.to_owned(),
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_style_are_found() {
        let page = build_page(&bundled().swagger_ui_html());
        assert!(page.len() > 500_000, "{}", page.len());
        assert!(page.contains("../spec.json"));
        assert!(!page.contains("{script}"));
    }

    #[tokio::test]
    async fn the_callback_is_served() {
        let request = Request::builder()
            .uri_str("/api/doc/oauth2-callback?code=x")
            .finish();
        let response = oauth2_callback().get_response(request).await;
        assert_eq!(response.content_type(), Some("text/html; charset=utf-8"));
        let page = response.into_body().into_string().await.unwrap();
        assert!(page.contains("swaggerUIRedirectOauth2"));
    }
}

//! The methods of one path.

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

/// Answers by method: HEAD wherever GET is, and 405 that says what is allowed otherwise.
pub struct Methods<E> {
    endpoints: Vec<(Method, E)>,
    allow: HeaderValue,
}

impl<E> Methods<E> {
    pub fn new(mut endpoints: Vec<(Method, E)>) -> Self {
        endpoints.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        let mut allowed = Vec::new();
        for (method, _) in &endpoints {
            allowed.push(method.as_str());
            if method == Method::GET {
                allowed.push("HEAD");
            }
        }
        let allow = HeaderValue::from_str(&allowed.join(","))
            .unwrap_or_else(|_| HeaderValue::from_static(""));
        Self { endpoints, allow }
    }

    fn of(&self, method: &Method) -> Option<&E> {
        self.endpoints
            .iter()
            .find(|(known, _)| known == method)
            .map(|(_, endpoint)| endpoint)
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Methods<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if let Some(endpoint) = self.of(request.method()) {
            return endpoint.call(request).await;
        }
        match self.of(&Method::GET) {
            Some(endpoint) if request.method() == Method::HEAD => {
                request.set_method(Method::GET);
                without_body(endpoint.call(request).await?).await
            }
            _ => Ok(Response::builder()
                .status(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, self.allow.clone())
                .finish()),
        }
    }
}

async fn without_body(mut response: Response) -> Result<Response> {
    let length = response.take_body().into_bytes().await?.len();
    if response.status() == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt, endpoint::make_sync};

    use super::*;

    async fn answer(method: Method) -> Response {
        let says = |text: &'static str| make_sync(move |_| Response::from(text)).boxed();
        Methods::new(vec![
            (Method::POST, says("posted")),
            (Method::GET, says("got")),
        ])
        .get_response(Request::builder().method(method).finish())
        .await
    }

    #[tokio::test]
    async fn another_method_is_told_what_is_allowed() {
        let response = answer(Method::DELETE).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.header("allow"), Some("GET,HEAD,POST"));
        assert_eq!(response.into_body().into_string().await.unwrap(), "");
    }

    #[tokio::test]
    async fn head_is_get_without_the_body() {
        let response = answer(Method::HEAD).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.header("content-length"), Some("3"));
        assert_eq!(response.into_body().into_string().await.unwrap(), "");
    }
}

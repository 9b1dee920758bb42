//! JSON bodies (contract admin-api.md 3.6, 3.7). The statuses are the original's; the errors are in
//! the API's own envelope.

use poem::{Body, Request, RequestBody, Result, error::ReadBodyError, http::StatusCode};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{AdminError, error::internal};

const LIMIT: usize = 2 * 1024 * 1024;

/// A body that has to be there.
pub struct Json<T>(pub T);

/// A body that may be missing or empty, whatever its content type; then it is the default.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned> Json<T> {
    async fn read(request: &Request, body: &mut RequestBody) -> Result<T, AdminError> {
        check_content_type(request.content_type())?;
        parse(&bytes(body).await?)
    }
}

impl<T: DeserializeOwned + Default> OptionalJson<T> {
    async fn read(request: &Request, body: &mut RequestBody) -> Result<T, AdminError> {
        let content_type = request.content_type();
        if content_type.is_none() {
            return Ok(T::default());
        }
        let bytes = bytes(body).await?;
        if bytes.is_empty() {
            return Ok(T::default());
        }
        check_content_type(content_type)?;
        parse(&bytes)
    }
}

macro_rules! json_extractor {
    ($name:ident, $required:literal, $($bound:tt)+) => {
        impl<'a, T: Type + $($bound)+> ApiExtractor<'a> for $name<T> {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                T::register(registry);
            }

            fn request_meta() -> Option<MetaRequest> {
                Some(MetaRequest {
                    description: None,
                    content: vec![MetaMediaType {
                        content_type: "application/json",
                        schema: T::schema_ref(),
                    }],
                    required: $required,
                })
            }

            async fn from_request(
                request: &'a Request,
                body: &mut RequestBody,
                _options: ExtractParamOptions<()>,
            ) -> Result<Self> {
                Ok(Self(Self::read(request, body).await?))
            }
        }
    };
}

json_extractor!(Json, true, DeserializeOwned);
json_extractor!(OptionalJson, false, DeserializeOwned + Default);

/// `application/json` or `application/*+json`, with any parameters.
fn check_content_type(content_type: Option<&str>) -> Result<(), AdminError> {
    let is_json = content_type.is_some_and(|text| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        essence
            .to_ascii_lowercase()
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
    });
    if is_json {
        return Ok(());
    }
    Err(AdminError::refused(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "Expected request with `Content-Type: application/json`",
    ))
}

async fn bytes(body: &mut RequestBody) -> Result<Vec<u8>, AdminError> {
    whole(body.take().map_err(internal)?).await
}

/// A body to its end, unless that is too far.
pub async fn whole(body: Body) -> Result<Vec<u8>, AdminError> {
    const FAILED: &str = "Failed to buffer the request body";
    match body.into_bytes_limit(LIMIT).await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(ReadBodyError::PayloadTooLarge) => Err(AdminError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{FAILED}: length limit exceeded"),
        )),
        Err(error) => Err(AdminError::bad_request(format!("{FAILED}: {error}"))),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AdminError> {
    let malformed = |error: &dyn std::fmt::Display| {
        AdminError::bad_request(format!("Failed to parse the request body as JSON: {error}"))
    };
    let wrong_shape = |error: &dyn std::fmt::Display| {
        AdminError::refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Failed to deserialize the JSON body into the target type: {error}"),
        )
    };
    // A list would pass for an object with its members in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        return Err(wrong_shape(
            &"invalid type: sequence, expected an object at line 1 column 0",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_data() {
            wrong_shape(&error)
        } else {
            malformed(&error)
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        username: String,
        #[serde(default)]
        flag: bool,
    }

    fn read(text: &str) -> Result<Sample, String> {
        parse(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_json_and_what_has_another_shape_are_told_apart() {
        assert_eq!(
            read("{"),
            Err(
                "Failed to parse the request body as JSON: EOF while parsing an object at line 1 \
                 column 1"
                    .to_owned()
            )
        );
        assert_eq!(
            read("{}"),
            Err(
                "Failed to deserialize the JSON body into the target type: missing field \
                 `username` at line 1 column 2"
                    .to_owned()
            )
        );
        assert_eq!(
            read(r#"{"username":"a","flag":null}"#),
            Err(
                "Failed to deserialize the JSON body into the target type: flag: invalid type: \
                 null, expected a boolean at line 1 column 27"
                    .to_owned()
            )
        );
        assert!(read(r#"{"username":"a"} x"#).is_err());
        for list in [r#" ["a"]"#, "[]", r#"["a",true]"#] {
            let refused = read(list).unwrap_err();
            assert!(
                refused.contains("target type: invalid type: sequence"),
                "{list}: {refused}"
            );
        }
        assert!(
            read(r#"["a""#)
                .unwrap_err()
                .contains("parse the request body as JSON")
        );
    }

    #[test]
    fn unknown_members_are_ignored() {
        assert_eq!(
            read(r#"{"username":"a","other":1}"#),
            Ok(Sample {
                username: "a".to_owned(),
                flag: false
            })
        );
    }

    #[test]
    fn json_has_many_content_types() {
        for known in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/problem+json",
        ] {
            assert!(check_content_type(Some(known)).is_ok(), "{known}");
        }
        for other in [None, Some("text/plain"), Some("text/json"), Some("json")] {
            assert!(check_content_type(other).is_err(), "{other:?}");
        }
    }
}

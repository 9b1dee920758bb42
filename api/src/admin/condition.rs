//! Conditional requests (RFC 9110 13): at which version a resource is, and whether a request is meant
//! for it. Whether a write is done at all is decided with the append, never here: between a look and
//! an append somebody else may come.
//!
//! A resource has a tag when it is made of one stream of the log alone. Sessions show when they were
//! last used, which is beside the log; clients, providers and what the server tells of itself come
//! from the configuration: they have none, and neither has a list.

use muniment_domain::parse_ulid;
use muniment_projections::queries::Versioned;
use muniment_store::Precondition;
use poem::{
    Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AdminError, rights::is_same, schema::Id};

/// What is of one stream alone: method and path below the root.
const TAGGED: &[(&str, &str)] = &[
    ("GET", "/users/:id"),
    ("GET", "/users/by-username/:username"),
    ("POST", "/users/:id/set-password"),
    ("POST", "/users/:id/send-password-link"),
    ("POST", "/users/:id/set-admin"),
    ("POST", "/users/:id/deactivate"),
    ("POST", "/users/:id/reactivate"),
    ("POST", "/users/:id/lock"),
    ("POST", "/users/:id/unlock"),
    ("GET", "/user-emails/:id"),
    ("DELETE", "/user-emails/:id"),
    ("GET", "/upstream-oauth-links/:id"),
    ("DELETE", "/upstream-oauth-links/:id"),
    ("GET", "/user-registration-tokens/:id"),
    ("PUT", "/user-registration-tokens/:id"),
    ("POST", "/user-registration-tokens/:id/revoke"),
    ("POST", "/user-registration-tokens/:id/unrevoke"),
    ("GET", "/policy-data/latest"),
    ("GET", "/policy-data/:id"),
];

/// What answers with something new that has a tag.
const CREATING: [&str; 5] = [
    "/users",
    "/user-emails",
    "/upstream-oauth-links",
    "/user-registration-tokens",
    "/policy-data",
];

/// What such a header looks like, for the document.
const PATTERN: &str = r#"^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$"#;

/// Whether an operation is about a resource that has a tag; the path is below the root.
pub fn is_tagged(method: &Method, path: &str) -> bool {
    TAGGED
        .iter()
        .any(|(known, place)| *known == method.as_str() && is_same(place, path))
}

/// A strong tag of a resource: whose stream it comes from, and where that stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    pub fn new(stream: Uuid, version: u64) -> Self {
        Self(format!("{}.{version}", Id(stream)))
    }

    /// Of what comes from such a row, if its version is known.
    pub fn of<R>(stream: Uuid, found: &Versioned<R>) -> Option<Self> {
        found.version.map(|version| Self::new(stream, version))
    }

    /// The same, of a resource that time alone has made another.
    pub fn expired(self) -> Self {
        Self(self.0 + ".expired")
    }

    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("\"{}\"", self.0)).ok()
    }
}

/// What a request wants to be so.
#[derive(Debug, Default)]
pub struct Conditions {
    is: Option<Tags>,
    is_not: Option<Tags>,
}

/// `*`, or tags.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<Given>),
}

#[derive(Debug, PartialEq, Eq)]
struct Given {
    is_weak: bool,
    text: String,
}

impl Conditions {
    pub fn read(headers: &HeaderMap) -> Result<Self, AdminError> {
        Ok(Self {
            is: tags(headers, &header::IF_MATCH)?,
            is_not: tags(headers, &header::IF_NONE_MATCH)?,
        })
    }

    /// What a write goes with. One about nothing that has a tag is about no tag that is given.
    pub fn precondition(&self, is_tagged: bool) -> Result<Option<Precondition>, AdminError> {
        match &self.is {
            // What is not there is refused in any case.
            None | Some(Tags::Any) => Ok(None),
            Some(Tags::These(_)) if !is_tagged => Err(AdminError::precondition()),
            Some(Tags::These(given)) => {
                let strong = given.iter().filter(|tag| !tag.is_weak);
                let versions = strong.filter_map(|tag| version(&tag.text)).collect();
                Ok(Some(Precondition::any_of(versions)))
            }
        }
    }

    /// The answer of a read.
    pub fn of_read(&self, response: Response) -> Result<Response, AdminError> {
        if response.status() != StatusCode::OK {
            return Ok(response);
        }
        let tag = response.headers().get(header::ETAG);
        let is_current = |given: &Given| {
            tag.is_some_and(|tag| tag.as_bytes() == format!("\"{}\"", given.text).as_bytes())
        };
        if let Some(Tags::These(given)) = &self.is
            && !given
                .iter()
                .any(|given| !given.is_weak && is_current(given))
        {
            return Err(AdminError::precondition());
        }
        let is_known = match &self.is_not {
            None => false,
            Some(Tags::Any) => tag.is_some(),
            Some(Tags::These(given)) => given.iter().any(is_current),
        };
        Ok(if is_known {
            unchanged(response)
        } else {
            response
        })
    }
}

/// 304, with what else the answer would have said of the resource.
fn unchanged(mut response: Response) -> Response {
    response.set_status(StatusCode::NOT_MODIFIED);
    drop(response.take_body());
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

/// The version in a tag that may be of ours. What time alone has changed is no other version.
fn version(tag: &str) -> Option<(Uuid, u64)> {
    let (stream, rest) = tag.split_once('.')?;
    let version = rest.strip_suffix(".expired").unwrap_or(rest);
    Some((parse_ulid(stream).ok()?, version.parse().ok()?))
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, AdminError> {
    let mut found: Option<Tags> = None;
    for value in headers.get_all(name) {
        let tags = value.to_str().ok().and_then(parse);
        found = match (found, tags) {
            (None, Some(tags)) => Some(tags),
            (Some(Tags::These(mut before)), Some(Tags::These(tags))) => {
                before.extend(tags);
                Some(Tags::These(before))
            }
            _ => {
                let title = format!("Invalid {name} header");
                return Err(AdminError::bad_request(title));
            }
        };
    }
    Ok(found)
}

/// `*`, or tags with commas between them; there may be commas too many, and no tag at all.
fn parse(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut given = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let strong = rest.strip_prefix("W/");
        let (tag, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        given.push(Given {
            is_weak: strong.is_some(),
            text: tag.to_owned(),
        });
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    Some(Tags::These(given))
}

/// Adds to an operation of the document what it has to do with conditions; the path is below the root.
pub fn document(method: &Method, path: &str, operation: &mut Value) {
    let is_read = method == Method::GET;
    let is_creating = method == Method::POST && CREATING.contains(&path);
    if is_tagged(method, path) {
        if is_read {
            let about =
                "Answers 304 if the resource has one of these tags: `*`, or tags with commas";
            add_parameter(operation, "If-None-Match", about);
            operation["responses"]["304"] = json!({
                "description": "The resource has one of the tags",
                "headers": { "ETag": etag() },
            });
        }
        let about = "Refuses unless the resource has one of these tags: `*`, or tags with commas";
        add_parameter(operation, "If-Match", about);
        operation["responses"]["412"] = json!({
            "description": "The resource has none of the tags of If-Match, or no more",
            "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/ErrorResponse" },
            } },
        });
    } else if !is_creating {
        return;
    }
    for status in ["200", "201"] {
        if let Some(success) = operation["responses"].get_mut(status) {
            success["headers"] = json!({ "ETag": etag() });
        }
    }
}

fn etag() -> Value {
    json!({
        "description": "The version that the resource is at",
        "schema": { "type": "string" },
    })
}

fn add_parameter(operation: &mut Value, name: &str, about: &str) {
    let parameter = json!({
        "name": name,
        "in": "header",
        "description": about,
        "required": false,
        "schema": { "type": "string", "pattern": PATTERN },
    });
    match &mut operation["parameters"] {
        Value::Array(known) => known.push(parameter),
        none => *none = json!([parameter]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Option<Vec<(bool, String)>> {
        match parse(text)? {
            Tags::Any => Some(vec![(false, "*".to_owned())]),
            Tags::These(tags) => Some(
                tags.into_iter()
                    .map(|tag| (tag.is_weak, tag.text))
                    .collect(),
            ),
        }
    }

    #[test]
    fn tags_are_read_as_they_may_be_written() {
        let strong = |text: &str| (false, text.to_owned());
        assert_eq!(given("*"), Some(vec![strong("*")]));
        assert_eq!(given("\"a\""), Some(vec![strong("a")]));
        assert_eq!(
            given(" ,\"a,b\" , W/\"c\",\"\","),
            Some(vec![strong("a,b"), (true, "c".to_owned()), strong("")])
        );
        assert_eq!(given(""), Some(Vec::new()));
        assert_eq!(given(","), Some(Vec::new()));
        for bad in [
            "a",
            "\"a",
            "a\"",
            "\"a\" \"b\"",
            "\"a b\"",
            "w/\"a\"",
            "*, \"a\"",
            "W/",
        ] {
            assert_eq!(given(bad), None, "{bad}");
        }
    }

    #[test]
    fn several_headers_are_one_but_not_with_an_asterisk() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
            }
            tags(&headers, &header::IF_MATCH).map_err(|error| error.to_string())
        };
        assert_eq!(read(&[]), Ok(None));
        assert!(
            matches!(read(&["\"a\"", "\"b\""]), Ok(Some(Tags::These(tags))) if tags.len() == 2)
        );
        let invalid = Err("Invalid if-match header".to_owned());
        assert_eq!(read(&["\"a\"", "*"]), invalid);
        assert_eq!(read(&["*", "*"]), invalid);
    }

    #[test]
    fn a_tag_tells_its_version() {
        let id = Uuid::from_u128(7);
        let tag = EntityTag::new(id, 12);
        assert_eq!(version(&tag.0), Some((id, 12)));
        assert_eq!(version(&tag.expired().0), Some((id, 12)));
        for other in [
            "",
            "x",
            "00000000000000000000000000",
            "x.1",
            "00000000000000000000000000.x",
        ] {
            assert_eq!(version(other), None, "{other}");
        }
    }
}

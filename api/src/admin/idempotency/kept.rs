//! Answers as they are kept, and whom they tell of.

use muniment_domain::{UserId, parse_ulid};
use muniment_store::idempotent_requests::About;
use poem::{
    Body, Response,
    http::{HeaderName, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::mark;
use crate::admin::{AdminError, error::internal};

/// What of an answer's headers is kept.
const HEADERS: [HeaderName; 2] = [header::CONTENT_TYPE, header::ETAG];

#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// What was done, and what is refused by a rule; not what depends on who asks, or when.
pub fn is_for_good(status: StatusCode) -> bool {
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    !status.is_server_error() && !passing.contains(&status)
}

/// An answer in the form in which it is kept, and whom it tells of.
pub async fn written(answer: &mut Response) -> Result<(About, Zeroizing<Vec<u8>>), String> {
    let body = answer.take_body().into_string().await;
    let body = body.map_err(|error| error.to_string())?;
    let about = if answer.status().is_success() {
        about(&serde_json::from_str(&body).unwrap_or_default())
    } else {
        About::Anybody
    };
    let headers = HEADERS.iter().filter_map(|name| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let kept = Kept {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body,
    };
    let text = serde_json::to_vec(&kept).map_err(|error| error.to_string())?;
    answer.set_body(kept.body);
    Ok((about, Zeroizing::new(text)))
}

/// Whom a document tells of.
fn about(document: &Value) -> About {
    let data = &document["data"];
    let own = (data["type"] == "user").then_some(&data["id"]);
    let named = ["user_id", "actor_user_id", "owner_user_id"].map(|name| &data["attributes"][name]);
    let mut users: Vec<UserId> = own
        .into_iter()
        .chain(named)
        .filter_map(|id| parse_ulid(id.as_str()?).ok())
        .map(UserId::from_uuid)
        .collect();
    users.sort_unstable();
    users.dedup();
    match users[..] {
        [] => About::Nobody,
        [user] => About::User(user),
        _ => About::Anybody,
    }
}

/// The answer that was kept.
pub fn replayed(clear: &[u8]) -> Result<Response, AdminError> {
    let kept: Kept = serde_json::from_slice(clear).map_err(internal)?;
    let status = StatusCode::from_u16(kept.status).map_err(internal)?;
    let mut answer = Response::builder().status(status);
    for (name, value) in kept.headers {
        answer = answer.header(name, value);
    }
    let mut answer = if kept.body.is_empty() {
        answer.finish()
    } else {
        answer.body(Body::from_string(kept.body))
    };
    mark(&mut answer);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::admin::schema::Id;

    #[test]
    fn whom_an_answer_tells_of_is_known() {
        let id = |n: u128| Id(Uuid::from_u128(n)).to_string();
        let user = |n: u128| About::User(UserId::from_uuid(Uuid::from_u128(n)));
        let of = |attributes: Value| {
            about(&json!({ "data": { "type": "x", "id": id(9), "attributes": attributes } }))
        };
        assert_eq!(
            about(&json!({ "data": { "type": "user", "id": id(1) } })),
            user(1)
        );
        assert_eq!(of(json!({ "user_id": id(2) })), user(2));
        let own = json!({ "actor_user_id": id(3), "owner_user_id": id(3) });
        assert_eq!(of(own), user(3));
        let both = json!({ "actor_user_id": id(3), "owner_user_id": id(4) });
        assert_eq!(of(both), About::Anybody);
        assert_eq!(of(json!({ "user_id": null })), About::Nobody);
        assert_eq!(about(&Value::Null), About::Nobody);
    }
}

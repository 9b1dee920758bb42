//! Who is shown what was of others, on a server that looks back: read off the answer, and written down
//! before it is given.

use muniment_domain::UserId;
use poem::{Response, http::header};
use serde_json::Value;
use uuid::Uuid;

use super::{AdminError, Caller, envelope::Resource, error::Subject, events::Event, users::User};
use crate::history::Disclosures;

pub async fn record(caller: &Caller, response: Response) -> Result<Response, AdminError> {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_json = content_type.is_some_and(|content_type| content_type == "application/json");
    if !response.status().is_success() || !is_json {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let internal = |error: &dyn std::fmt::Display| AdminError::Internal(error.to_string());
    let body = body.into_bytes().await.map_err(|error| internal(&error))?;
    let answer: Value = serde_json::from_slice(&body).map_err(|error| internal(&error))?;
    let mut disclosures = Disclosures::to(&caller.actor);
    for person in resources(&answer).flat_map(persons) {
        disclosures.add(Some(person));
    }
    let recorded = disclosures.record(&caller.app).await;
    recorded.map_err(|error| AdminError::account(error, Subject::Session))?;
    Ok(Response::from_parts(parts, body.into()))
}

fn resources(answer: &Value) -> impl Iterator<Item = &Value> {
    let data = &answer["data"];
    let (many, one) = match data.as_array() {
        Some(many) => (many.as_slice(), None),
        None => (&[][..], Some(data)),
    };
    many.iter().chain(one)
}

/// Whom a resource is about. Events tell by themselves whom they show.
fn persons(resource: &Value) -> Vec<Uuid> {
    let kind = resource["type"].as_str();
    if kind == Some(Event::TYPE) {
        return Vec::new();
    }
    let own = (kind == Some(User::TYPE)).then_some(&resource["id"]);
    let attributes = resource["attributes"].as_object();
    let named = attributes
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("user_id"))
        .map(|(_, id)| id);
    let ids = own.into_iter().chain(named).filter_map(Value::as_str);
    ids.filter_map(|id| id.parse::<UserId>().ok())
        .map(|id| id.as_uuid())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALICE: &str = "01040G2081040G2081040G2081";
    const BOB: &str = "01040G2081040G2081040G2082";

    fn all(answer: &Value) -> Vec<String> {
        let found = resources(answer).flat_map(persons);
        found.map(|id| UserId::from_uuid(id).to_string()).collect()
    }

    #[test]
    fn persons_are_users_and_whose_things_are_shown() {
        let users = json!({"data": [{"type": "user", "id": ALICE}, {"type": "user", "id": BOB}]});
        assert_eq!(all(&users), [ALICE, BOB]);
        let session = json!({"data": {"type": "personal-session", "id": BOB, "attributes":
            {"actor_user_id": ALICE, "owner_user_id": null, "owner_client_id": BOB}}});
        assert_eq!(all(&session), [ALICE]);
    }

    #[test]
    fn events_and_what_is_nobodys_name_nobody() {
        for answer in [
            json!({"data": [{"type": "event", "id": BOB, "attributes": {"user_id": ALICE}}]}),
            json!({"data": {"type": "policy-data", "id": ALICE, "attributes": {"data": {}}}}),
            json!({"meta": {"count": 3}, "links": {}}),
            json!({"version": "1"}),
        ] {
            assert!(all(&answer).is_empty(), "{answer}");
        }
    }
}

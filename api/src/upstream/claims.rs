//! What is taken over of what a provider tells.

use minijinja::{Value as TemplateValue, value::Serde};
use muniment_domain::EmailAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Provider, UpstreamError, templates};
use crate::config::ImportAction;

/// Bytes of what names a person at the provider.
const LONGEST_SUBJECT: usize = 512;
/// Bytes of what names them here.
const LONGEST_NAME: usize = 255;

/// What a provider told, as far as the configuration takes it over: valid, and short.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Who the person is there.
    pub subject: String,
    /// What their account is called there.
    pub account_name: Option<String>,
    /// The provider's session.
    pub sid: Option<String>,
    pub localpart: Option<String>,
    pub displayname: Option<String>,
    pub email: Option<String>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told(***)")
    }
}

/// Where it comes from.
pub struct Sources {
    pub id_token: Option<Map<String, Value>>,
    pub userinfo: Option<Map<String, Value>>,
    /// What the browser brought besides the code.
    pub extra: Map<String, Value>,
}

pub fn tell(provider: &Provider, sources: &Sources) -> Result<Told, UpstreamError> {
    let imports = &provider.settings.claims_imports;
    let sid = sources.id_token.as_ref().and_then(|claims| {
        let sid = claims.get("sid")?.as_str()?;
        let usable = sid.len() <= LONGEST_SUBJECT && !sid.chars().any(char::is_control);
        usable.then(|| sid.to_owned())
    });
    // The ID token is signed: what it says goes before what userinfo says.
    let mut user = sources.userinfo.clone().unwrap_or_default();
    user.extend(sources.id_token.clone().unwrap_or_default());
    let context = TemplateValue::from(Serde(json!({
        "user": user,
        "id_token_claims": sources.id_token,
        "userinfo_claims": sources.userinfo,
        "extra_callback_parameters": sources.extra,
    })));
    let rendered = |template: &Option<String>, default, longest| {
        let template = template.as_deref().unwrap_or(default);
        templates::render(template, &context, longest)
    };
    let imported = |action: ImportAction, template, default| {
        (action != ImportAction::Ignore).then(|| rendered(template, default, LONGEST_NAME))?
    };
    let subject = &imports.subject.template;
    let (localpart, displayname) = (&imports.localpart, &imports.displayname);
    let email = &imports.email;
    Ok(Told {
        subject: rendered(subject, templates::SUBJECT, LONGEST_SUBJECT)
            .ok_or(UpstreamError::NoSubject)?,
        account_name: imports
            .account_name
            .template
            .as_ref()
            .and_then(|template| templates::render(template, &context, LONGEST_NAME)),
        sid,
        localpart: imported(localpart.action, &localpart.template, templates::LOCALPART),
        displayname: imported(
            displayname.action,
            &displayname.template,
            templates::DISPLAYNAME,
        ),
        email: imported(email.action, &email.template, templates::EMAIL)
            .filter(|email| EmailAddress::parse(email).is_ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::tests::provider;

    fn object(value: &Value) -> Option<Map<String, Value>> {
        value.as_object().cloned()
    }

    fn told(imports: &str, id_token: &Value, userinfo: &Value) -> Result<Told, UpstreamError> {
        let sources = Sources {
            id_token: object(id_token),
            userinfo: object(userinfo),
            extra: object(&json!({"user": "{}"})).unwrap(),
        };
        tell(&provider(&format!("claims_imports: {imports}")), &sources)
    }

    #[test]
    fn nothing_but_the_subject_is_taken_over_by_itself() {
        let told = told(
            "{}",
            &json!({"sub": "1", "name": "A", "sid": "s"}),
            &json!(null),
        )
        .unwrap();
        assert_eq!((&*told.subject, told.sid.as_deref()), ("1", Some("s")));
        assert_eq!(
            (told.localpart, told.displayname, told.email),
            (None, None, None)
        );
    }

    #[test]
    fn the_id_token_goes_before_the_userinfo() {
        let told = told(
            "{localpart: {action: suggest}, displayname: {action: force}, email: {action: require}}",
            &json!({"sub": "1", "name": "Signed"}),
            &json!({"sub": "1", "name": "Said", "preferred_username": "al", "email": "a@b.example"}),
        )
        .unwrap();
        assert_eq!(told.displayname.as_deref(), Some("Signed"));
        assert_eq!(told.localpart.as_deref(), Some("al"));
        assert_eq!(told.email.as_deref(), Some("a@b.example"));
    }

    #[test]
    fn without_a_subject_nobody_is_there() {
        for (imports, claims) in [
            ("{}", json!({})),
            ("{}", json!({"sub": ""})),
            ("{}", json!({"sub": ["a"]})),
            ("{}", json!({"sub": "a\u{0}"})),
            ("{}", json!({"sub": "a".repeat(513)})),
            (
                "{subject: {template: '{{ user.id }}'}}",
                json!({"sub": "1"}),
            ),
        ] {
            assert_eq!(
                told(imports, &claims, &json!(null)),
                Err(UpstreamError::NoSubject)
            );
        }
        let numbered = "{subject: {template: '{{ user.id }}'}}";
        let told = told(numbered, &json!(null), &json!({"id": 583_231})).unwrap();
        assert_eq!(told.subject, "583231");
    }

    #[test]
    fn what_is_no_address_is_not_told() {
        let imports = "{email: {action: force}}";
        for email in [
            json!("nobody"),
            json!(5),
            json!("a@b.example\u{0}"),
            json!(null),
        ] {
            let told = told(imports, &json!({"sub": "1", "email": email}), &json!(null)).unwrap();
            assert_eq!(told.email, None);
        }
    }
}

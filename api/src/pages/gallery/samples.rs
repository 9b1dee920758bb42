//! What pages are filled with.

use super::*;

pub fn brand(full: bool) -> Arc<Brand> {
    Arc::new(Brand {
        name: if full { "Example Chat" } else { "example.com" }.to_owned(),
        policy_uri: full.then(|| url("https://example.com/privacy")),
        tos_uri: full.then(|| url("https://example.com/terms")),
        imprint: full.then(|| "Run by the Example Society, Berlin".to_owned()),
        logo_uri: full.then(|| url("https://example.com/logo.svg")),
        styles: full.then(|| ":root{--accent:#3b4fb8}".to_owned()),
        base: if full { "/auth" } else { "" }.to_owned(),
    })
}

pub fn url(text: &str) -> Url {
    text.parse().unwrap()
}

pub fn id() -> Ulid {
    "01FSHN9AG0MZAA6S4AF7CTV32E".parse().unwrap()
}

pub fn context(locale: Locale, full: bool) -> PageContext {
    let id = "0198c5a6-0000-7000-8000-000000000001".to_owned();
    PageContext::new(locale, &brand(full), id).with_csrf("c3JmLXRva2Vu")
}

pub fn person(name: &str) -> Person {
    Person {
        username: "alice".to_owned(),
        mxid: "@alice:example.com".to_owned(),
        display_name: Some(name.to_owned()),
    }
}

pub fn client(name: &str) -> ClientCard {
    ClientCard {
        name: Some(name.to_owned()),
        client_id: id().to_string(),
        uri: Some(url("https://app.example.org/")),
        policy_uri: Some(url("https://app.example.org/privacy")),
        tos_uri: Some(url("javascript:alert(1)")),
    }
}

pub fn providers() -> Vec<ProviderButton> {
    ["University", "Example & Sons"]
        .map(|name| ProviderButton {
            id: id(),
            name: name.to_owned(),
        })
        .into()
}

/// A form that was sent with these values and is wrong everywhere.
pub fn refused(text: &str) -> FormState {
    use {Input as I, PolicyReason as R, Problem as P};
    let mut form = FormState::new()
        .with(I::Username, text)
        .with(I::Email, text)
        .with(I::Code, text)
        .with(I::Token, text)
        .with(I::DisplayName, text)
        .with(I::Password, "typed-password")
        .with(I::PasswordConfirm, "typed-password");
    form.keep_checked(I::ImportEmail, true);
    form.refuse_form(P::RateLimited);
    form.refuse(I::Username, P::Policy(R::UsernameInvalidChars));
    form.refuse(I::Email, P::Invalid);
    form.refuse(I::Password, P::TooWeak);
    form.refuse(I::Password, P::Mismatch);
    form.refuse(I::CurrentPassword, P::Invalid);
    form.refuse(I::PasswordConfirm, P::Mismatch);
    form.refuse(I::AcceptTerms, P::Required);
    form.refuse(I::Token, P::Invalid);
    form.refuse(I::Code, P::Invalid);
    form.refuse(I::DisplayName, P::Invalid);
    form.refuse(I::ConfirmDevice, P::Required);
    form
}

/// Only what belongs to a form, as a handler would say it.
pub fn only(form: &FormState, inputs: &[Input]) -> FormState {
    let mut kept = FormState::new();
    for input in inputs {
        kept.keep(*input, form.value(input));
    }
    for (at, problem) in form.problems() {
        if at.is_none_or(|at| inputs.contains(&at)) {
            kept.refuse_at(*at, problem.clone());
        }
    }
    kept
}

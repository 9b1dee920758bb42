use async_graphql::Enum;

/// What something that happened is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "HistoryCategory")]
pub enum Category {
    /// The account as a whole: it began, was locked, may do more or less.
    Account,
    /// Somebody signed in, or tried to.
    SignIn,
    /// A session of a browser or device was named or ended.
    Session,
    /// The password.
    Password,
    /// Email addresses.
    Email,
    /// What others see of the person.
    Profile,
    /// An application was allowed, signed in or out.
    Application,
    /// Personal tokens.
    Token,
    /// The server itself, and nobody in particular; in nobody's own history.
    Server,
}

impl Category {
    /// Of a type of event that the log can hold.
    #[must_use]
    pub fn of(event_type: &str) -> Self {
        match event_type {
            "user.sign_ins_failed"
            | "user.upstream_linked"
            | "user.upstream_unlinked"
            | "browser_session.started"
            | "browser_session.authenticated"
            | "compat_session.started" => Self::SignIn,
            "browser_session.finished" | "compat_session.named" | "compat_session.finished" => {
                Self::Session
            }
            "user.password_set"
            | "user.password_hash_upgraded"
            | "user.password_link_requested" => Self::Password,
            "user.email_added" | "user.email_removed" => Self::Email,
            "user.display_name_set" => Self::Profile,
            "browser_session.consent_given" | "browser_session.consent_refused" => {
                Self::Application
            }
            "registration_token.used" => Self::Account,
            other => match other
                .split_once('.')
                .map_or(other, |(aggregate, _)| aggregate)
            {
                "user" | "personal_data" => Self::Account,
                "oauth2_session" => Self::Application,
                "personal_session" => Self::Token,
                _ => Self::Server,
            },
        }
    }
}

/// Whether an event of this type deserves a second look: it gives access, takes it away, or somebody
/// tried to get it.
#[must_use]
pub fn is_notable(event_type: &str) -> bool {
    matches!(
        event_type,
        "user.locked"
            | "user.unlocked"
            | "user.deactivated"
            | "user.reactivated"
            | "user.admin_granted"
            | "user.admin_revoked"
            | "user.email_added"
            | "user.email_removed"
            | "user.password_link_requested"
            | "user.password_set"
            | "user.sign_ins_failed"
            | "user.cross_signing_reset_allowed"
            | "user.upstream_linked"
            | "user.upstream_unlinked"
            | "browser_session.started"
            | "oauth2_session.started"
            | "oauth2_session.refresh_token_reused"
            | "compat_session.started"
            | "personal_session.created"
            | "personal_data.disclosed"
    )
}

#[cfg(test)]
mod tests {
    use muniment_domain::event_kinds;

    use super::*;

    fn types(category: Category) -> impl Iterator<Item = &'static str> {
        event_kinds()
            .map(|kind| kind.event_type)
            .filter(move |event_type| Category::of(event_type) == category)
    }

    #[test]
    fn every_type_of_event_is_in_one_category() {
        let all = [
            Category::Account,
            Category::SignIn,
            Category::Session,
            Category::Password,
            Category::Email,
            Category::Profile,
            Category::Application,
            Category::Token,
            Category::Server,
        ];
        let mut placed: Vec<&str> = all.into_iter().flat_map(types).collect();
        placed.sort_unstable();
        let mut known: Vec<&str> = event_kinds().map(|kind| kind.event_type).collect();
        known.sort_unstable();
        assert_eq!(placed, known);
        for category in all {
            assert!(types(category).next().is_some(), "{category:?}");
        }
    }

    #[test]
    fn what_is_about_a_person_is_not_the_servers() {
        for event_type in types(Category::Server) {
            assert!(!event_type.starts_with("user"), "{event_type}");
            assert!(!event_type.ends_with("session"), "{event_type}");
        }
    }
}

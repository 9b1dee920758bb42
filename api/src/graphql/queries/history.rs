use async_graphql::{Context, ID, Object, Result};
use muniment_domain::{ClientId, UserId};
use muniment_store::index::EventFilter;
use ulid::Ulid;

use crate::{
    graphql::{
        connection::{PageArgs, page_cost},
        context::request,
        history::{Uncounted, audit_events, nothing, types},
        id::{Kind, parse, parse_as},
        types::{AuditEvent, DateFilter},
    },
    history::Category,
};

#[derive(Debug, Default)]
pub struct HistoryQueries;

#[Object]
impl HistoryQueries {
    /// Everything that happened, as the log has it, the oldest first: for administrators and for
    /// auditors, whose scope is `urn:muniment:audit`.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "one for each condition")]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is about this user.")] user: Option<ID>,
        #[graphql(
            desc = "Only what was done by this one: `user:ULID`, `client:ULID`, `operator:NAME`, \
                    `system` or `anonymous`."
        )]
        actor: Option<String>,
        #[graphql(desc = "Only what was done through this client.")] client: Option<ID>,
        #[graphql(desc = "Only what was done in this session, or is about it.")] session: Option<
            ID,
        >,
        #[graphql(desc = "Only what is about one of these.")] categories: Option<Vec<Category>>,
        #[graphql(name = "types", desc = "Only events of one of these types.")] event_types: Option<
            Vec<String>,
        >,
        #[graphql(desc = "Only what happened within this time.")] time: Option<DateFilter>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Uncounted<AuditEvent>> {
        let request = request(ctx)?;
        request.require_auditor()?;
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let user: Option<UserId> = user.map(|id| parse_as(Kind::User, &id)).transpose()?;
        let client = client.map(|id| parse_as(Kind::Oauth2Client, &id));
        let client: Option<ClientId> = client.transpose()?;
        let Some(types) = types(categories, event_types, None) else {
            return Ok(nothing());
        };
        let filter = EventFilter {
            subject: user.map(|user| user.as_uuid()),
            types,
            actor,
            client: client.map(|client| client.to_string()),
            session: session.as_ref().map(session_of).transpose()?,
            ..EventFilter::default()
        };
        audit_events(request, &DateFilter::of_events(time, filter), page).await
    }
}

/// A session of any kind, as metadata writes it: its global id.
fn session_of(id: &ID) -> Result<String> {
    let (kind, uuid) = parse(id)?;
    match kind {
        Kind::BrowserSession
        | Kind::CompatSession
        | Kind::Oauth2Session
        | Kind::PersonalSession => Ok(kind.id(Ulid::from(uuid.as_u128())).0),
        _ => Err("invalid id".into()),
    }
}

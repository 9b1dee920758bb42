use std::collections::HashMap;

use muniment_domain::UserId;
use muniment_projections::Reads;
use muniment_store::log::LogError;
use poem::{FromRequest, Request, RequestBody, Result, endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, MetaSchema, MetaSchemaRef, Registry},
};
use tokio::sync::Semaphore;

use super::{super::AdminError, Query, QueryValue, declare};
use crate::{
    admin::Caller,
    as_of::{AsOf, Moment, MomentError},
    http::rfc3339_z,
};

/// The parameter that names the moment.
pub const AS_OF: &str = "as-of";

/// Answers of the past that are worked out at once; others wait.
static TURNS: Semaphore = Semaphore::const_new(4);

/// The moment as of which is answered: now, unless `as-of` names another.
#[derive(Debug, Clone, Copy)]
pub struct Past(Option<Moment>);

impl<'a> FromRequest<'a> for Past {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let moment = Query::of(request).one(AS_OF);
        Ok(Self(moment.map_err(|error| unreadable(&error.why))?))
    }
}

fn unreadable(why: &str) -> AdminError {
    AdminError::query("Invalid query parameters", AS_OF, why)
}

impl QueryValue for Moment {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: MomentError| error.to_string())
    }

    fn write(&self) -> String {
        match self {
            Self::Position(position) => position.to_string(),
            Self::Time(time) => rfc3339_z(*time),
        }
    }
}

impl Past {
    /// The moment as the log has it; `None` for now.
    pub async fn at(self, caller: &Caller) -> Result<Option<AsOf>, AdminError> {
        let Some(moment) = self.0 else {
            return Ok(None);
        };
        match moment.find(&caller.app.database).await {
            Ok(at) => Ok(Some(at)),
            Err(MomentError::Log(LogError::Database(error))) => Err(error.into()),
            Err(MomentError::Log(error)) => Err(AdminError::Internal(error.to_string())),
            Err(error) => Err(unreadable(&error.to_string())),
        }
    }

    /// What a list of things of `user` is read from.
    pub async fn of_user(self, caller: &Caller, user: Option<UserId>) -> Result<Reads, AdminError> {
        let Some(at) = self.at(caller).await? else {
            return Ok(caller.app.reads.clone());
        };
        let user = user.ok_or_else(|| {
            AdminError::bad_request(format!("`{AS_OF}` needs a filter for one user"))
        })?;
        caller.reads_past(user).await?;
        // Never closed.
        let _turn = TURNS.acquire().await.ok();
        let then = caller
            .app
            .reads
            .person_at(user, at.position, |_, _| {})
            .await?;
        then.map(|then| then.reads)
            .ok_or_else(|| AdminError::user_not_found(user))
    }

    /// As links repeat it.
    pub fn write(self) -> Option<String> {
        let moment = self.0?;
        Some(format!("{AS_OF}={}", moment.write()))
    }
}

/// An operation with the query parameter that [`Past`] reads put into the document.
#[derive(Default)]
pub struct Dated<A>(A);

impl<A: OpenApi> OpenApi for Dated<A> {
    fn meta() -> Vec<MetaApi> {
        let mut apis = A::meta();
        let paths = apis.iter_mut().flat_map(|api| &mut api.paths);
        for operation in paths.flat_map(|path| &mut path.operations) {
            operation.params.push(declare(
                AS_OF,
                "Answer as of an earlier moment, from the history: a position in it, a date or a \
                 time; a list then needs a filter for one user. When things were last active is not \
                 in the history, and null. What was erased since is missing",
                MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
            ));
        }
        apis
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.0.add_routes(table);
    }
}

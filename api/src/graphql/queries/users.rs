use async_graphql::{Context, ID, Object, Result};
use muniment_projections::queries::{self, UserFilter, UserStatus};

use crate::graphql::{
    connection::{Connection, Listing, PageArgs, page_cost},
    context::request,
    id::{Kind, parse_as},
    types::{User, UserEmail, UserState},
};

#[derive(Debug, Default)]
pub struct UserQueries;

#[Object]
impl UserQueries {
    /// An email address of the requester's own, or anybody's for administrators.
    async fn user_email(&self, ctx: &Context<'_>, id: ID) -> Result<Option<UserEmail>> {
        let id = parse_as(Kind::UserEmail, &id)?;
        UserEmail::visible(request(ctx)?, id).await
    }

    /// The requester's own account by its id, or anybody's for administrators.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        let id = parse_as(Kind::User, &id)?;
        User::visible(request(ctx)?, id).await
    }

    /// The requester's own account by its name in any case, or anybody's for administrators.
    async fn user_by_username(&self, ctx: &Context<'_>, username: String) -> Result<Option<User>> {
        let request = request(ctx)?;
        if !request.requester.is_admin() {
            // No look-up, which would take another time for a name that exists.
            let own = User::own(request).await?;
            return Ok(own.filter(|user| user.0.username == username.to_lowercase()));
        }
        // Nobody has a name with a NUL, and PostgreSQL could not be asked for one.
        if username.contains('\0') {
            return Ok(None);
        }
        let found = queries::user_by_username(&request.app.reads, &username)
            .await
            .map_err(|error| request.failure(error))?;
        if let Some(user) = &found {
            request.shows(user.id);
        }
        Ok(found.map(User))
    }

    /// All users, for administrators, the oldest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the contract's arguments")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only users in this state.")] state: Option<UserState>,
        #[graphql(
            name = "canRequestAdmin",
            desc = "Only users who may, or may not, ask for administrators' scopes."
        )]
        can_request_admin: Option<bool>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<User>> {
        let request = request(ctx)?;
        request.require_admin()?;
        let page = PageArgs {
            after,
            before,
            first,
            last,
        };
        let listing = Listing::of::<User>(ctx, page)?;
        let filter = UserFilter {
            admin: can_request_admin,
            status: state.map(|state| match state {
                UserState::Active => UserStatus::Active,
                UserState::Locked => UserStatus::Locked,
            }),
            ..UserFilter::default()
        };
        let database = &request.app.database;
        listing
            .fetch(
                request,
                queries::list_users(database, &filter, listing.page),
                queries::count_users(database, &filter),
            )
            .await
    }
}

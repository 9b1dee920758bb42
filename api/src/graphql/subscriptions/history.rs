use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_graphql::{Context, Error, ID, Result, Subscription};
use futures_util::{Stream, stream};
use muniment_domain::UserId;
use muniment_store::{
    index::{EventFilter, EventPage},
    log::{Position, RecordedEvent},
};

use super::Begun;
use crate::{
    graphql::{
        context::{RequestContext, request},
        history::{find, position, read, types},
        id::{Kind, parse_as},
        types::HistoryEvent,
    },
    history::Category,
    live::{About, Following, Woken},
};

/// How often it is looked at whether the requester may still follow, if nothing happens.
const LOOK: Duration = Duration::from_secs(30);
/// Events read at once.
const PAGE: u32 = 100;

#[derive(Debug, Default)]
pub struct HistorySubscription;

#[Subscription]
impl HistorySubscription {
    /// What happens to one's own account and its sessions, as it happens. It ends with the session that
    /// it was begun in, and when the server stops: then begin again, after the event seen last.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The id of the event seen last: all that happened since comes first. Without it, \
                    only what is new."
        )]
        after: Option<ID>,
        #[graphql(desc = "Only what is about one of these.")] categories: Option<Vec<Category>>,
    ) -> Result<impl Stream<Item = Result<HistoryEvent>> + use<>> {
        let request = request(ctx)?.clone();
        let begun = ctx.data::<Arc<Begun>>()?.clone();
        let user = request.requester.user().map(|user| user.id);
        let user = user.ok_or_else(|| Error::new("Unauthorized"))?;
        let following = request
            .app
            .live
            .follow(user.as_uuid(), About::Account(user))
            .map_err(|error| Error::new(error.to_string()))?;
        let after = match after {
            Some(id) => {
                let event: UserId = parse_as(Kind::HistoryEvent, &id)?;
                let known = position(&request, event.as_uuid()).await?;
                known.ok_or_else(|| Error::new("invalid id"))?
            }
            None => begun.at,
        };
        let filter = EventFilter {
            subject: Some(user.as_uuid()),
            types: types(categories, None, None).unwrap_or_default(),
            ..EventFilter::default()
        };
        let history = History {
            request,
            begun,
            user,
            following,
            filter,
            after,
            read: VecDeque::new(),
        };
        Ok(stream::try_unfold(history, |mut history| async move {
            let next = history.next().await?;
            Ok(next.map(|event| (event, history)))
        }))
    }
}

/// Somebody's history, while it is followed.
struct History {
    request: RequestContext,
    begun: Arc<Begun>,
    user: UserId,
    following: Following,
    filter: EventFilter,
    /// All up to here was read.
    after: Position,
    read: VecDeque<RecordedEvent>,
}

impl History {
    async fn next(&mut self) -> Result<Option<HistoryEvent>> {
        loop {
            if let Some(record) = self.read.pop_front() {
                return Ok(Some(read(&self.request, record).await?));
            }
            let page = EventPage {
                after: Some(self.after),
                before: None,
                backward: false,
                limit: PAGE,
            };
            let found = find(&self.request, &self.filter, page).await?;
            if let Some(last) = found.events.last() {
                self.after = last.position;
                self.read.extend(found.events);
                continue;
            }
            let woken = tokio::time::timeout(LOOK, self.following.news()).await;
            let app = &self.request.app;
            if woken == Ok(Woken::Stopping) || !self.begun.is_still(app, self.user).await {
                return Ok(None);
            }
        }
    }
}

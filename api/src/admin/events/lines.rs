//! The history as it stands, an event a line, however long it is. An answer that breaks off is an error
//! of the connection; one that is whole ends after its last line.

use std::io;

use futures_util::stream;
use muniment_store::index::{EventFilter, EventPage};
use poem::Response;

use super::read::Reader;
use crate::admin::{AdminError, answer};

/// Events read at once.
const PAGE: u32 = 1_000;

/// What is still to be written.
pub struct Lines {
    pub reader: Reader,
    pub filter: EventFilter,
    pub page: EventPage,
    /// Whether the newest comes first.
    pub descends: bool,
    /// At most so many; all when absent.
    pub left: Option<u64>,
}

pub fn lines(mut lines: Lines) -> Result<Response, AdminError> {
    let streams = lines.page.backward == lines.descends;
    if streams {
        lines.page.limit = PAGE;
    } else {
        // The end of the log, in the order of the log: it has to be read before it can be written.
        if lines.left.is_some_and(|left| left > u64::from(PAGE)) {
            return Err(AdminError::bad_request(format!(
                "Counted from the other end there are at most {PAGE} events"
            )));
        }
    }
    let lines = stream::try_unfold(Some(lines), |lines| async move {
        let Some(lines) = lines else { return Ok(None) };
        lines.next().await.map(Some).map_err(|error| {
            tracing::error!(%error, "a list of events broke off");
            io::Error::other("the list broke off")
        })
    });
    Ok(answer::lines(lines))
}

impl Lines {
    /// The next lines, and what remains after them.
    async fn next(mut self) -> Result<(Vec<u8>, Option<Self>), AdminError> {
        if let Some(left) = self.left {
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            self.page.limit = self.page.limit.min(left);
        }
        let found = self.reader.find(&self.filter, self.page).await?;
        let count = found.events.len() as u64;
        let ends = found.events.first().zip(found.events.last());
        if let Some((first, last)) = ends {
            if self.page.backward {
                self.page.before = Some(first.position);
            } else {
                self.page.after = Some(last.position);
            }
        }
        let mut events = self.reader.read(found.events).await?;
        if self.descends {
            events.reverse();
        }
        let mut text = Vec::new();
        for event in events {
            let event = self.reader.write(event);
            serde_json::to_writer(&mut text, &event)
                .map_err(|error| AdminError::Internal(error.to_string()))?;
            text.push(b'\n');
        }
        self.left = self.left.map(|left| left.saturating_sub(count));
        let goes_on = found.has_more && self.left != Some(0);
        Ok((text, goes_on.then_some(self)))
    }
}

//! The events about one person, and hashes of what lies between them: enough for the root of the whole,
//! and nothing about anybody else.

use std::{io::Write, path::Path};

use uuid::Uuid;

use super::{
    ExportError,
    export::{add_line, segment_file, write_whole},
    format::{Base64Hash, SEGMENT, Segment},
    line::{Line, Omission},
};
use crate::{
    log::{events_query, fetch_events, signed},
    sql::{Database, Transaction},
    tree::{Frontier, complete_subtrees},
};

/// Writes a segment that begins with a position: to the last one of all, or so many events further.
/// Answers how many events are in it.
pub(super) async fn segment(
    database: &Database,
    folder: &Path,
    user: Uuid,
    (first, last): (u64, u64),
) -> Result<(Segment, u64), ExportError> {
    let wanted = events_query()
        .push_with("WHERE subject = {}", user)
        .push_with(" AND position >= {}", signed(first))
        .push_with(" AND position <= {} ORDER BY position", signed(last))
        .push_with(" LIMIT {}", signed(SEGMENT));
    let events = fetch_events(database, wanted).await?;
    let end = match events.last() {
        Some(newest) if events.len() as u64 == SEGMENT => newest.position,
        _ => last,
    };
    let file = segment_file(first);
    let path = folder.join(&file);
    let mut moment = Transaction::snapshot(database).await?;
    let mut tree = Frontier::default();
    let (mut lines, mut at) = (Vec::new(), first);
    for event in &events {
        if let Some(omission) = omission(&mut moment, at, event.position - 1).await? {
            add_line(&mut lines, &omission, &path)?;
        }
        add_line(&mut lines, &Line::from(event), &path)?;
        tree.push(event.leaf_hash);
        at = event.position + 1;
    }
    if let Some(omission) = omission(&mut moment, at, end).await? {
        add_line(&mut lines, &omission, &path)?;
    }
    write_whole(&path, |out| out.write_all(&lines))?;
    let segment = Segment {
        file,
        first,
        last: end,
        root: Base64Hash(tree.root()),
    };
    Ok((segment, tree.size()))
}

/// What stands for the events of these positions, if there are any.
async fn omission(
    moment: &mut Transaction,
    first: u64,
    last: u64,
) -> Result<Option<Omission>, ExportError> {
    if first > last {
        return Ok(None);
    }
    let subtrees = complete_subtrees(moment, first - 1, last).await?;
    Ok(Some(Omission {
        first,
        last,
        subtrees: subtrees.into_iter().map(Base64Hash).collect(),
    }))
}

//! Writing a bundle. It grows in a folder of another name beside it, where an interrupted export goes
//! on, and is renamed when it is whole.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    format::{
        Base64Hash, BundleError, CATALOGUE, CHECKPOINT, CHECKPOINTS, CheckpointLine, EVENTS, KEY,
        MANIFEST, Manifest, README, SEGMENT, Segment,
    },
    line::{Entry, Line},
    person,
    reader::Entries,
};
use crate::{
    log::{LogError, read_all},
    sql::{Database, DatabaseError, Transaction},
    tree::{
        CheckpointRow, Frontier, ProofError, TreeError, VerifyingKey, checkpoints_after,
        complete_subtrees, consistency_within, latest, subtrees_before,
    },
};

/// Events read at once.
const PAGE: u32 = 2_048;
/// Checkpoints read at once.
const CHECKPOINT_PAGE: u32 = 500;
/// What is being exported, so that another export does not go on with it.
const PLAN: &str = "plan.json";

/// The documents that go with the events.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// What each type of event says.
    pub catalogue: &'a str,
}

/// What of the log is exported: the whole where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part {
    /// Positions, both included.
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// Of these, the events about one person, and of the others hashes alone.
    pub user: Option<Uuid>,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Exported {
    pub first: u64,
    pub last: u64,
    pub events: u64,
    pub tree_size: u64,
    pub checkpoints: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    #[error("{} holds another export that was begun; remove it first", .0.display())]
    OtherPlan(PathBuf),
    #[error("nothing is sealed yet")]
    Empty,
    #[error(
        "positions {first} to {last} are not all sealed: the newest checkpoint ends at {sealed}"
    )]
    Beyond { first: u64, last: u64, sealed: u64 },
    #[error("{0}")]
    Damaged(String),
}

impl From<TreeError> for ExportError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Database(error) => Self::Database(error),
            damaged => Self::Damaged(damaged.to_string()),
        }
    }
}

impl From<ProofError> for ExportError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Database(error) => Self::Database(error),
            damaged => Self::Damaged(damaged.to_string()),
        }
    }
}

/// What an interrupted export has to go on with.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    first: u64,
    last: u64,
    #[serde(default)]
    user: Option<Uuid>,
    tree_size: u64,
    note: String,
}

/// Writes the events, and what proves them, into a folder that must not exist yet. Events are written
/// as they are stored, whatever has become of them: judging is for the reader. `progress` is told how
/// many are written, and of how many.
pub async fn export(
    database: &Database,
    key: &VerifyingKey,
    target: &Path,
    part: Part,
    texts: Texts<'_>,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Exported, ExportError> {
    if target.exists() {
        return Err(ExportError::Exists(target.to_owned()));
    }
    let folder = unfinished(target);
    let plan = plan(database, &folder, part).await?;
    let Plan {
        first,
        last,
        tree_size,
        user,
        ..
    } = plan;
    let mut manifest = Manifest::new(key.name(), (first, last), tree_size, user);
    let (mut at, mut events) = (first, 0);
    while at <= last {
        progress(at - first, last - first + 1);
        let (segment, written) = if let Some(user) = user {
            person::segment(database, &folder, user, (at, last)).await?
        } else {
            // Aligned, so that parts of one log have the same segments.
            let end = last.min(at.next_multiple_of(SEGMENT));
            segment(database, &folder, (at, end)).await?
        };
        at = segment.last + 1;
        events += written;
        manifest.segments.push(segment);
    }
    progress(last - first + 1, last - first + 1);
    let mut moment = Transaction::snapshot(database).await?;
    let hashes = |hashes: Vec<_>| hashes.into_iter().map(Base64Hash).collect();
    manifest.before = hashes(subtrees_before(&mut moment, first - 1).await?);
    manifest.after = hashes(complete_subtrees(&mut moment, last, tree_size).await?);
    let checkpoints = checkpoints(&mut moment, &folder, &manifest, &plan).await?;
    drop(moment);
    let written = [
        (KEY, format!("{key}\n")),
        (CHECKPOINT, plan.note.clone()),
        (CATALOGUE, texts.catalogue.to_owned()),
        (README, include_str!("reader.md").to_owned()),
        (MANIFEST, pretty(&manifest, &folder.join(MANIFEST))?),
    ];
    for (name, text) in written {
        write_whole(&folder.join(name), |file| file.write_all(text.as_bytes()))?;
    }
    let path = folder.join(PLAN);
    std::fs::remove_file(&path).map_err(BundleError::io(&path))?;
    std::fs::rename(&folder, target).map_err(BundleError::io(target))?;
    Ok(Exported {
        first,
        last,
        events,
        tree_size,
        checkpoints,
    })
}

/// Where a bundle grows.
fn unfinished(target: &Path) -> PathBuf {
    let mut name = target
        .file_name()
        .map_or_else(OsString::new, ToOwned::to_owned);
    name.push(".partial");
    target.with_file_name(name)
}

/// What to export: what was begun, or all that is asked for now.
async fn plan(database: &Database, folder: &Path, part: Part) -> Result<Plan, ExportError> {
    let path = folder.join(PLAN);
    if let Ok(text) = std::fs::read_to_string(&path) {
        let begun: Plan =
            serde_json::from_str(&text).map_err(|_| ExportError::OtherPlan(folder.to_owned()))?;
        let same = part.first.unwrap_or(1) == begun.first
            && part.last.unwrap_or(begun.tree_size) == begun.last
            && part.user == begun.user;
        if !same {
            return Err(ExportError::OtherPlan(folder.to_owned()));
        }
        return Ok(begun);
    }
    let mut moment = Transaction::snapshot(database).await?;
    let newest = latest(&mut moment).await?.ok_or(ExportError::Empty)?;
    let plan = Plan {
        first: part.first.unwrap_or(1),
        last: part.last.unwrap_or(newest.tree_size),
        user: part.user,
        tree_size: newest.tree_size,
        note: newest.note,
    };
    let (first, last, sealed) = (plan.first, plan.last, plan.tree_size);
    if first == 0 || first > last || last > sealed {
        return Err(ExportError::Beyond {
            first,
            last,
            sealed,
        });
    }
    let events = folder.join(EVENTS);
    std::fs::create_dir_all(&events).map_err(BundleError::io(&events))?;
    let text = pretty(&plan, &path)?;
    write_whole(&path, |file| file.write_all(text.as_bytes()))?;
    Ok(plan)
}

/// Writes the events of a segment, unless that was done before. Answers how many they are.
async fn segment(
    database: &Database,
    folder: &Path,
    (first, last): (u64, u64),
) -> Result<(Segment, u64), ExportError> {
    let file = segment_file(first);
    let path = folder.join(&file);
    let mut tree = Frontier::default();
    let mut lines = Vec::new();
    let written = path.exists();
    if written {
        for entry in Entries::open(path.clone())? {
            if let Entry::Event(event) = entry? {
                tree.push(event.leaf_hash);
            }
        }
    }
    let mut after = if written { last } else { first - 1 };
    while after < last {
        let wanted = u64::from(PAGE).min(last - after);
        let page = read_all(database, after, u32::try_from(wanted).unwrap_or(PAGE)).await?;
        let Some(newest) = page.last() else { break };
        after = newest.position;
        // What is missing is for the reader to find.
        for event in page.iter().filter(|event| event.position <= last) {
            tree.push(event.leaf_hash);
            add_line(&mut lines, &Line::from(event), &path)?;
        }
    }
    if !written {
        write_whole(&path, |out| out.write_all(&lines))?;
    }
    let segment = Segment {
        file,
        first,
        last,
        root: Base64Hash(tree.root()),
    };
    Ok((segment, tree.size()))
}

/// Writes the checkpoints up to the bundle's own; answers how many.
async fn checkpoints(
    moment: &mut Transaction,
    folder: &Path,
    manifest: &Manifest,
    plan: &Plan,
) -> Result<u64, ExportError> {
    let path = folder.join(CHECKPOINTS);
    let mut lines = Vec::new();
    let mut count = 0;
    let mut after = 0;
    loop {
        let page = checkpoints_after(moment, after, CHECKPOINT_PAGE).await?;
        for row in page.iter().filter(|row| row.tree_size <= plan.tree_size) {
            count += 1;
            add_line(&mut lines, &checkpoint(moment, manifest, row).await?, &path)?;
        }
        match page.last() {
            Some(row) if row.tree_size < plan.tree_size => after = row.tree_size,
            _ => break,
        }
    }
    write_whole(&path, |file| file.write_all(&lines))?;
    Ok(count)
}

/// With a proof where the bundle's events do not show what it says.
async fn checkpoint(
    moment: &mut Transaction,
    manifest: &Manifest,
    row: &CheckpointRow,
) -> Result<CheckpointLine, ExportError> {
    let consistency = if manifest.shows(row.tree_size) {
        None
    } else {
        let proof = consistency_within(moment, row.tree_size, manifest.tree_size).await?;
        Some(proof.path.into_iter().map(Base64Hash).collect())
    };
    Ok(CheckpointLine {
        tree_size: row.tree_size,
        created_at: row.created_at,
        note: row.note.clone(),
        consistency,
    })
}

/// The file of the segment that begins with a position, below the bundle's folder.
pub(super) fn segment_file(first: u64) -> String {
    format!("{EVENTS}/{first:012}.ndjson")
}

pub(super) fn add_line(
    lines: &mut Vec<u8>,
    line: &impl Serialize,
    path: &Path,
) -> Result<(), BundleError> {
    serde_json::to_writer(&mut *lines, line)
        .map_err(|error| BundleError::malformed(path, &error))?;
    lines.push(b'\n');
    Ok(())
}

fn pretty(value: &impl Serialize, path: &Path) -> Result<String, BundleError> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| BundleError::malformed(path, &error))
}

/// A file that is there is whole.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), BundleError> {
    let growing = path.with_extension("growing");
    let written = || {
        let mut file = BufWriter::new(File::create(&growing)?);
        write(&mut file)?;
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&growing, path)
    };
    written().map_err(BundleError::io(path))
}

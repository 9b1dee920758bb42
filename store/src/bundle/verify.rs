//! Checking a bundle with nothing else at hand.
//!
//! Every leaf is worked out from the bytes of its event, every root from the leaves, and compared with
//! what was signed. Segments are read by as many threads as there are processors.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
};

use super::{
    format::{BundleError, CHECKPOINT, CHECKPOINTS, CheckpointLine, KEY, MANIFEST, Manifest},
    reader::Reader,
    segment::{self, Checked, Extent, StreamKey},
};
use crate::{
    check::{Finding, Findings},
    tree::{Checkpoint, Frontier, Hash, VerifyingKey, cover, verifies_consistency},
};

/// What the bundle has to agree with, besides itself.
#[derive(Debug, Clone, Default)]
pub struct Verify {
    /// The key of the log, as it was noted down; that of the bundle itself otherwise.
    pub key: Option<VerifyingKey>,
    /// A checkpoint of an earlier time: the signed note.
    pub against: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub struct Verified {
    pub manifest: Manifest,
    pub events: u64,
    pub checkpoints: u64,
    /// The key that all signatures were verified with.
    pub key: VerifyingKey,
    /// The root of the bundle's checkpoint.
    pub root: Hash,
    /// How many events the earlier checkpoint is about.
    pub against: Option<u64>,
    pub findings: Findings,
}

/// Checks everything. `progress` is told how many events are done, and of how many.
pub fn verify(
    bundle: &Path,
    with: &Verify,
    progress: impl FnMut(u64, u64),
) -> Result<Verified, BundleError> {
    let reader = Reader::open(bundle)?;
    let manifest = reader.manifest();
    let mut findings = Findings::default();
    let own = read(bundle, KEY)?;
    let own: VerifyingKey = own
        .parse()
        .map_err(|error| BundleError::malformed(&bundle.join(KEY), &error))?;
    let key = with.key.clone().unwrap_or_else(|| own.clone());
    if own != key {
        let problem = format!("the key of the bundle is not {key}, but {own}");
        findings.add(in_file(KEY, problem));
    }
    let claims = Claims::read(bundle, manifest, &key, with, &mut findings)?;
    let events = walk(&reader, &claims, &mut findings, progress)?;
    Ok(Verified {
        manifest: manifest.clone(),
        events,
        checkpoints: claims.count,
        key,
        root: claims.root,
        against: claims.against,
        findings,
    })
}

fn read(bundle: &Path, name: &str) -> Result<String, BundleError> {
    let path = bundle.join(name);
    std::fs::read_to_string(&path).map_err(BundleError::io(&path))
}

fn in_file(name: &str, problem: impl Into<String>) -> Finding {
    Finding {
        table: name.to_owned(),
        place: "the whole".to_owned(),
        column: None,
        problem: problem.into(),
    }
}

/// About the checkpoint of so many events.
fn of_checkpoint(file: &str, size: u64, problem: impl Into<String>) -> Finding {
    Finding {
        table: file.to_owned(),
        place: format!("tree_size {size}"),
        column: None,
        problem: problem.into(),
    }
}

/// How the earlier checkpoint is called.
const AGAINST: &str = "the earlier checkpoint";

/// What was signed, and has to turn out to be so.
struct Claims {
    /// The root of the bundle's own checkpoint.
    root: Hash,
    count: u64,
    against: Option<u64>,
    /// Roots of trees that end within the bundle, by their size, each with where it was read.
    within: BTreeMap<u64, Vec<(&'static str, Hash)>>,
}

impl Claims {
    fn read(
        bundle: &Path,
        manifest: &Manifest,
        key: &VerifyingKey,
        with: &Verify,
        findings: &mut Findings,
    ) -> Result<Self, BundleError> {
        let size = manifest.tree_size;
        let mut claims = Self {
            root: Hash::default(),
            count: 0,
            against: None,
            within: BTreeMap::new(),
        };
        match key.open(&read(bundle, CHECKPOINT)?) {
            Err(error) => findings.add(in_file(CHECKPOINT, error.to_string())),
            Ok(own) if own.size != size => {
                let problem = format!("it is about {} events, not {size}", own.size);
                findings.add(in_file(CHECKPOINT, problem));
            }
            Ok(own) => {
                claims.root = own.root;
                claims.note(manifest, CHECKPOINT, size, own.root);
            }
        }
        let mut roots = HashMap::new();
        let mut last = (0, i64::MIN);
        for (line, number) in read(bundle, CHECKPOINTS)?.lines().zip(1..) {
            claims.count += 1;
            let Ok(line) = serde_json::from_str::<CheckpointLine>(line) else {
                let problem = format!("line {number} is no checkpoint");
                findings.add(in_file(CHECKPOINTS, problem));
                continue;
            };
            if line.tree_size <= last.0 || line.created_at < last.1 {
                let problem = "it is not later than the one before";
                findings.add(of_checkpoint(CHECKPOINTS, line.tree_size, problem));
            }
            last = (line.tree_size, line.created_at);
            match claims.checkpoint(manifest, key, &line) {
                Ok(checkpoint) => {
                    roots.insert(checkpoint.size, checkpoint.root);
                }
                Err(problem) => findings.add(of_checkpoint(CHECKPOINTS, line.tree_size, problem)),
            }
        }
        if let Some(note) = &with.against {
            match key.open(note) {
                Ok(earlier) => {
                    claims.against = Some(earlier.size);
                    if let Err(problem) = claims.earlier(manifest, &earlier, &roots) {
                        findings.add(of_checkpoint(AGAINST, earlier.size, problem));
                    }
                }
                Err(error) => findings.add(in_file(AGAINST, error.to_string())),
            }
        }
        Ok(claims)
    }

    /// Notes down what one of the checkpoints says, or proves it at once.
    fn checkpoint(
        &mut self,
        manifest: &Manifest,
        key: &VerifyingKey,
        line: &CheckpointLine,
    ) -> Result<Checkpoint, String> {
        let checkpoint = key.open(&line.note).map_err(|error| error.to_string())?;
        let Checkpoint { size, root, .. } = checkpoint;
        if size != line.tree_size {
            return Err(format!("it is about {size} events"));
        }
        if self.note(manifest, CHECKPOINTS, size, root) {
            return Ok(checkpoint);
        }
        let path = line.consistency.as_deref().unwrap_or_default();
        let path: Vec<Hash> = path.iter().map(|hash| hash.0).collect();
        if verifies_consistency((size, root), (manifest.tree_size, self.root), &path) {
            Ok(checkpoint)
        } else {
            Err("it is not proven to be the beginning of the bundle's checkpoint".to_owned())
        }
    }

    fn earlier(
        &mut self,
        manifest: &Manifest,
        earlier: &Checkpoint,
        roots: &HashMap<u64, Hash>,
    ) -> Result<(), String> {
        let (size, own) = (earlier.size, manifest.tree_size);
        if size > own {
            return Err(format!(
                "the bundle knows of {own} events alone: positions {} to {size} are gone",
                own + 1
            ));
        }
        if self.note(manifest, AGAINST, size, earlier.root) {
            return Ok(());
        }
        match roots.get(&size) {
            Some(root) if *root == earlier.root => Ok(()),
            Some(_) => Err(rewritten(size)),
            None => Err(format!(
                "the bundle is about positions {} to {}, and cannot tell; ask the server for a proof \
                 of consistency from {size} to {own}, or for a bundle of all events",
                manifest.first, manifest.last
            )),
        }
    }

    /// Notes down the root of a tree that ends within the bundle; false for others.
    fn note(&mut self, manifest: &Manifest, place: &'static str, size: u64, root: Hash) -> bool {
        let within = manifest.shows(size);
        if within {
            let claims = self.within.entry(size).or_default();
            if !claims.contains(&(CHECKPOINT, root)) || place == AGAINST {
                claims.push((place, root));
            }
        }
        within
    }

    /// Compares the tree as it has become with what was signed of it.
    fn compare(&self, tree: &Frontier, told: &mut Told, findings: &mut Findings) {
        let size = tree.size();
        let Some(claims) = self.within.get(&size) else {
            return;
        };
        let root = tree.root();
        for (place, claimed) in claims {
            if *claimed == root {
                told.sound = told.sound.max(size);
            } else if *place == AGAINST {
                findings.add(of_checkpoint(place, size, rewritten(size)));
            } else if !std::mem::replace(&mut told.broken, true) {
                let problem = match told.sound {
                    0 => format!(
                        "the events are not those that were sealed: the first that is not is at \
                         position {size} or before"
                    ),
                    sound => format!(
                        "the events are not those that were sealed: up to position {sound} they \
                         are, the first that is not is one of {} to {size}",
                        sound + 1
                    ),
                };
                findings.add(of_checkpoint(place, size, problem));
            }
        }
    }
}

/// What has come of the comparisons so far.
#[derive(Default)]
struct Told {
    /// The size of the largest tree that was right.
    sound: u64,
    /// One was wrong, and with it all that follow.
    broken: bool,
}

fn rewritten(size: u64) -> String {
    format!("an event at position {size} or before was rewritten, removed or put in since")
}

/// Reads all events, and compares what they amount to with what was signed. Answers how many.
fn walk(
    reader: &Reader,
    claims: &Claims,
    findings: &mut Findings,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, BundleError> {
    let manifest = reader.manifest();
    let size = manifest.first.saturating_sub(1);
    let all = manifest.last.saturating_sub(size);
    let before: Vec<Hash> = manifest.before.iter().map(|hash| hash.0).collect();
    let Some(tree) = Frontier::of(size, before) else {
        let problem = "not all of `before` is there";
        findings.add(in_file(MANIFEST, problem));
        return Ok(0);
    };
    let extent = match manifest.user {
        None => Extent::All,
        Some(_) => Extent::Some,
    };
    let mut whole = Whole {
        manifest,
        extent,
        tree,
        streams: HashMap::new(),
        time: i64::MIN,
        told: Told::default(),
        expected: manifest.first,
        events: 0,
    };
    claims.compare(&whole.tree, &mut whole.told, findings);
    in_order(reader, extent, |index, checked| {
        whole.take(index, checked, claims, findings);
        progress(whole.expected.saturating_sub(manifest.first), all);
    })?;
    let events = whole.events;
    whole.finish(claims, findings);
    Ok(events)
}

/// What the segments amount to so far.
struct Whole<'a> {
    manifest: &'a Manifest,
    extent: Extent,
    tree: Frontier,
    /// The sequence of each stream's last event.
    streams: HashMap<StreamKey, u64>,
    time: i64,
    told: Told,
    expected: u64,
    events: u64,
}

impl Whole<'_> {
    fn take(&mut self, index: usize, checked: Checked, claims: &Claims, findings: &mut Findings) {
        let segment = &self.manifest.segments[index];
        if segment.first != self.expected {
            let problem = format!("it begins at {}, not at {}", segment.first, self.expected);
            let mut finding = in_file(MANIFEST, problem);
            finding.place.clone_from(&segment.file);
            findings.add(finding);
        }
        self.expected = segment.last.saturating_add(1);
        if let Some(first) = checked.first_time
            && first < self.time
        {
            findings.add(segment::back_in_time(segment.first));
        }
        self.time = self.time.max(checked.last_time);
        let begins = self.manifest.first == 1;
        for (key, run) in checked.streams {
            let (sequence, position) = run.first;
            let last = match self.streams.insert(key, run.last) {
                Some(last) => last,
                None if begins => 0,
                // What came before is not in the bundle.
                None => continue,
            };
            if let Some(finding) = self.extent.misplaced(position, sequence, last) {
                findings.add(finding);
            }
        }
        findings.extend(checked.findings);
        self.events += checked.events;
        for (level, hash) in checked.subtrees {
            // Behind a gap, which was told of, nothing is where it belongs.
            if self.tree.size().is_multiple_of(1 << level) {
                self.tree.push_subtree(level, hash);
                claims.compare(&self.tree, &mut self.told, findings);
            }
        }
    }

    /// Adds what follows the last event, and compares the whole.
    fn finish(mut self, claims: &Claims, findings: &mut Findings) {
        let Manifest {
            last, tree_size, ..
        } = *self.manifest;
        if self.expected != last.saturating_add(1) {
            let problem = format!("the segments do not end at {last}");
            findings.add(in_file(MANIFEST, problem));
        }
        if self.tree.size() != last {
            // Mostly, what is missing was said.
            if findings.is_empty() {
                let problem = format!("there are {} events", self.events);
                findings.add(in_file(MANIFEST, problem));
            }
            return;
        }
        let parts: Vec<(u32, u64)> = cover(last, tree_size).collect();
        if last > tree_size || parts.len() != self.manifest.after.len() {
            let problem = "not all of `after` is there";
            findings.add(in_file(MANIFEST, problem));
            return;
        }
        for ((level, _), hash) in parts.iter().zip(&self.manifest.after) {
            self.tree.push_subtree(*level, hash.0);
        }
        // That of the last event was compared.
        if last < tree_size && !self.told.broken && self.tree.root() != claims.root {
            let problem = "the events are not those that were sealed";
            findings.add(of_checkpoint(CHECKPOINT, tree_size, problem));
        }
    }
}

/// Checks the segments on all processors, and hands over what each came to in their order.
fn in_order(
    reader: &Reader,
    extent: Extent,
    mut take: impl FnMut(usize, Checked),
) -> Result<(), BundleError> {
    let segments = &reader.manifest().segments;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, outcomes) = mpsc::sync_channel(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(segments.len()) {
            let (sender, next, failed) = (sender.clone(), &next, &failed);
            scope.spawn(move || {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(segment) = segments.get(index) else {
                        return;
                    };
                    let checked = reader
                        .segment(segment)
                        .and_then(|entries| segment::check(entries, segment, extent));
                    if sender.send((index, checked)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        let mut outcome = Ok(());
        for (index, checked) in outcomes {
            match checked {
                Ok(checked) => early.insert(index, checked),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    outcome = Err(error);
                    continue;
                }
            };
            while let Some(checked) = early.remove(&wanted) {
                take(wanted, checked);
                wanted += 1;
            }
        }
        outcome
    })
}

//! Reading the events of a bundle, in their order. Whether they are what was sealed is for
//! [`verify`](super::verify()) to say.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    format::{BundleError, Manifest, Segment},
    line::{Entry, Line},
};
use crate::log::RecordedEvent;

/// A longer line is no event.
const LONGEST: u64 = 64 * 1024 * 1024;
const BUFFER: usize = 256 * 1024;

/// An open bundle.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    manifest: Manifest,
}

impl Reader {
    pub fn open(bundle: &Path) -> Result<Self, BundleError> {
        Ok(Self {
            path: bundle.to_owned(),
            manifest: Manifest::read(bundle)?,
        })
    }

    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every event that is there.
    pub fn events(&self) -> impl Iterator<Item = Result<RecordedEvent, BundleError>> + '_ {
        let entries = self.manifest.segments.iter().flat_map(|segment| {
            let (entries, error) = match self.segment(segment) {
                Ok(entries) => (Some(entries), None),
                Err(error) => (None, Some(Err(error))),
            };
            error.into_iter().chain(entries.into_iter().flatten())
        });
        entries.filter_map(|entry| match entry {
            Ok(Entry::Event(event)) => Some(Ok(event)),
            Ok(Entry::Omission(_)) => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// What one segment says.
    pub(super) fn segment(&self, segment: &Segment) -> Result<Entries, BundleError> {
        Entries::open(self.path.join(&segment.file))
    }
}

/// The lines of a file, one by one.
#[derive(Debug)]
pub(super) struct Entries {
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    number: u64,
}

impl Entries {
    pub fn open(path: PathBuf) -> Result<Self, BundleError> {
        let file = File::open(&path).map_err(BundleError::io(&path))?;
        Ok(Self {
            file: BufReader::with_capacity(BUFFER, file),
            path,
            line: Vec::new(),
            number: 0,
        })
    }

    fn read(&mut self) -> Result<Option<Entry>, BundleError> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.file).take(LONGEST);
        let read = limited.read_until(b'\n', &mut self.line);
        if read.map_err(BundleError::io(&self.path))? == 0 {
            return Ok(None);
        }
        let error = match serde_json::from_slice::<Line<'_>>(&self.line) {
            Ok(line) => return Ok(Some(Entry::Event(line.into()))),
            Err(error) => error,
        };
        if let Ok(omission) = serde_json::from_slice(&self.line) {
            return Ok(Some(Entry::Omission(omission)));
        }
        let reason = format!("line {} is no event: {error}", self.number);
        Err(BundleError::malformed(&self.path, &reason))
    }
}

/// A line that cannot be read does not end them.
impl Iterator for Entries {
    type Item = Result<Entry, BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

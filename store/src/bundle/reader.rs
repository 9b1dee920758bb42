//! Reading the events of a bundle, in their order. Whether they are what was sealed is for
//! [`verify`](super::verify()) to say.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    format::{BundleError, Manifest, Segment},
    line::Line,
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

    /// Every event.
    pub fn events(&self) -> impl Iterator<Item = Result<RecordedEvent, BundleError>> + '_ {
        self.manifest.segments.iter().flat_map(|segment| {
            let (events, error) = match self.segment(segment) {
                Ok(events) => (Some(events), None),
                Err(error) => (None, Some(Err(error))),
            };
            error.into_iter().chain(events.into_iter().flatten())
        })
    }

    /// The events of one segment.
    pub fn segment(&self, segment: &Segment) -> Result<Events, BundleError> {
        Events::open(self.path.join(&segment.file))
    }
}

/// The events of a file, one by one.
#[derive(Debug)]
pub struct Events {
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    number: u64,
}

impl Events {
    pub(super) fn open(path: PathBuf) -> Result<Self, BundleError> {
        let file = File::open(&path).map_err(BundleError::io(&path))?;
        Ok(Self {
            file: BufReader::with_capacity(BUFFER, file),
            path,
            line: Vec::new(),
            number: 0,
        })
    }

    fn read(&mut self) -> Result<Option<RecordedEvent>, BundleError> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.file).take(LONGEST);
        let read = limited.read_until(b'\n', &mut self.line);
        if read.map_err(BundleError::io(&self.path))? == 0 {
            return Ok(None);
        }
        match serde_json::from_slice::<Line<'_>>(&self.line) {
            Ok(line) => Ok(Some(line.into())),
            Err(error) => {
                let reason = format!("line {} is no event: {error}", self.number);
                Err(BundleError::malformed(&self.path, &reason))
            }
        }
    }
}

/// A line that cannot be read does not end them.
impl Iterator for Events {
    type Item = Result<RecordedEvent, BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

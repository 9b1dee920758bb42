//! Where a value sits in the configuration, as an operator would write it: `http.listeners[0].name`.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPath(Vec<Segment>);

impl KeyPath {
    pub(super) fn of(section: &str) -> Self {
        Self(vec![Segment::Key(section.to_owned())])
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.0.clone();
        path.push(segment);
        Self(path)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.0
    }

    pub(super) fn is_at_or_below(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// This path below `base`, from what `serde_ignored` reports.
    pub(super) fn ignored(base: &Self, path: &serde_ignored::Path<'_>) -> Self {
        use serde_ignored::Path;
        match path {
            Path::Root => base.clone(),
            Path::Seq { parent, index } => Self::ignored(base, parent).index(*index),
            Path::Map { parent, key } => Self::ignored(base, parent).key(key),
            Path::Some { parent }
            | Path::NewtypeStruct { parent }
            | Path::NewtypeVariant { parent } => Self::ignored(base, parent),
        }
    }

    /// This path below `base`, from what `serde_path_to_error` reports.
    pub(super) fn failed(base: &Self, path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment as Part;
        path.iter().fold(base.clone(), |at, part| match part {
            Part::Seq { index } => at.index(*index),
            Part::Map { key } => at.key(key),
            Part::Enum { .. } | Part::Unknown => at,
        })
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

use muniment_domain::Pii;
use muniment_store::{
    log::{Applied, FollowError},
    sql::{DatabaseError, Query},
};

/// One read model.
pub trait Projection: Send + Sync {
    /// Permanent name; its checkpoint is kept under it.
    fn name(&self) -> &'static str;

    /// Raise it when `writes` or the tables change: the read model is then rebuilt at start.
    fn version(&self) -> u32;

    /// The tables it writes, and nobody else does.
    fn tables(&self) -> &'static [&'static str];

    /// The indexes by which its statements find rows; all others are there for readers.
    fn indexes(&self) -> &'static [&'static str] {
        &[]
    }

    /// What one event changes in the rows; every event is asked about in order, and exactly once.
    /// Must depend on nothing but the event.
    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError>;
}

/// A statement that an event leads to.
#[derive(Debug)]
pub struct Write {
    pub(crate) statement: Query<'static>,
    pub(crate) reach: Reach,
}

/// Which rows a statement may touch. Rows that the events of one stream alone make and change are
/// that stream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Exactly one of the event's own stream; what is said if there is none.
    Row(&'static str),
    /// Any of the event's own stream.
    Stream,
    /// Those of other streams too.
    Others,
}

impl Reach {
    /// Why the projection cannot take an event of which a statement did this; `None` when it can.
    pub(crate) fn fault(
        self,
        touched: Result<u64, DatabaseError>,
    ) -> Result<Option<String>, DatabaseError> {
        match (touched, self) {
            (Ok(1), Self::Row(_)) | (Ok(_), Self::Stream | Self::Others) => Ok(None),
            (Ok(_), Self::Row(missing)) => Ok(Some(missing.to_owned())),
            (Err(error), _) if error.is_violation() => {
                Ok(Some("there is a row already".to_owned()))
            }
            (Err(error), _) => Err(error),
        }
    }
}

impl Write {
    /// Touches exactly one row, of the event's own stream.
    pub(crate) fn row(statement: Query<'static>) -> Vec<Self> {
        Self::one(statement, Reach::Row("there is no such row"))
    }

    /// Touches any rows of the event's own stream.
    pub(crate) fn stream(statement: Query<'static>) -> Vec<Self> {
        Self::one(statement, Reach::Stream)
    }

    /// Touches rows that other streams have made.
    pub(crate) fn others(statement: Query<'static>) -> Vec<Self> {
        Self::one(statement, Reach::Others)
    }

    pub(crate) fn one(statement: Query<'static>, reach: Reach) -> Vec<Self> {
        vec![Self { statement, reach }]
    }
}

/// Whether a projection writes its live tables or those of a rebuild beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Live,
    Rebuild,
}

impl Target {
    /// The name under which this target has a table, or keeps a checkpoint.
    #[must_use]
    pub fn table(self, name: &str) -> String {
        match self {
            Self::Live => name.to_owned(),
            Self::Rebuild => format!("{name}__rebuild"),
        }
    }
}

/// A personal value that an event may hold: none where there was none or where it was erased.
pub(crate) fn readable<'e, T>(
    projection: &dyn Projection,
    applied: Applied<'_>,
    value: Option<&'e Pii<T>>,
) -> Result<Option<&'e T>, FollowError> {
    match value {
        None | Some(Pii::Shredded(())) => Ok(None),
        Some(Pii::Clear(value)) => Ok(Some(value)),
        Some(Pii::Sealed(_)) => Err(cannot(projection, applied, "a value is sealed")),
    }
}

pub(crate) fn cannot(
    projection: &dyn Projection,
    applied: Applied<'_>,
    reason: &str,
) -> FollowError {
    FollowError::Apply {
        projection: projection.name(),
        position: applied.record.position,
        reason: reason.to_owned(),
    }
}

use async_trait::async_trait;
use muniment_domain::Pii;
use muniment_store::{
    log::{Applied, FollowError},
    sql::{Query, Transaction},
};

/// One read model.
#[async_trait]
pub trait Projection: Send + Sync {
    /// Permanent name; its checkpoint is kept under it.
    fn name(&self) -> &'static str;

    /// Raise it when `apply` or the tables change: the read model is then rebuilt at start.
    fn version(&self) -> u32;

    /// The tables it writes, and nobody else does.
    fn tables(&self) -> &'static [&'static str];

    /// Takes one event, in order, exactly once. Must depend on nothing but the event and what
    /// earlier ones left.
    async fn apply(
        &self,
        transaction: &mut Transaction,
        target: Target,
        applied: Applied<'_>,
    ) -> Result<(), FollowError>;
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

/// Runs a statement that must touch exactly one row.
pub(crate) async fn touch_one(
    projection: &dyn Projection,
    transaction: &mut Transaction,
    applied: Applied<'_>,
    statement: Query<'_>,
) -> Result<(), FollowError> {
    if transaction.execute(statement).await? == 1 {
        Ok(())
    } else {
        Err(cannot(projection, applied, "there is no such row"))
    }
}

fn cannot(projection: &dyn Projection, applied: Applied<'_>, reason: &str) -> FollowError {
    FollowError::Apply {
        projection: projection.name(),
        position: applied.record.position,
        reason: reason.to_owned(),
    }
}

use async_trait::async_trait;
use muniment_store::{
    log::{Applied, FollowError},
    sql::Transaction,
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

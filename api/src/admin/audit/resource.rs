use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_store::tree::{CheckpointRow, VerifyingKey};
use poem_openapi::Object;
use serde::Serialize;

use crate::admin::{
    envelope::Resource,
    schema::{Id, Timestamp},
};

/// A signed statement of what the history is: how many events, and the root of the tree over them
#[derive(Serialize, Object)]
pub struct AuditCheckpoint {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// How many events it is about: those up to this position
    tree_size: u64,
    /// The root of the Merkle tree over them (RFC 6962), in Base64
    root_hash: String,
    /// The signed note (c2sp.org/tlog-checkpoint)
    note: String,
    /// The public key of the log (c2sp.org/signed-note). Compare it with one that you were given on
    /// another way
    verifier_key: String,
    /// When it was made
    created_at: Timestamp,
}

impl AuditCheckpoint {
    pub fn of(row: CheckpointRow, key: &VerifyingKey) -> Self {
        Self {
            id: Id(row.id),
            tree_size: row.tree_size,
            root_hash: STANDARD.encode(row.root),
            note: row.note,
            verifier_key: key.to_string(),
            created_at: Timestamp(row.created_at),
        }
    }

    pub fn into_note(self) -> String {
        self.note
    }
}

impl Resource for AuditCheckpoint {
    const TYPE: &'static str = "audit-checkpoint";
    const PATH: &'static str = "/api/admin/v1/audit/checkpoints";

    fn id(&self) -> Id {
        self.id
    }
}

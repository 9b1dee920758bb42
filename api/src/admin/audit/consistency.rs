use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_store::tree;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses},
    operations::{ROOT, Tag},
    query::{Asked, Asks, filters},
};

filters! {
    pub struct ConsistencyQuery {
        /// The number of events of the earlier tree
        "from" => from: Option<u64>,
        /// The number of events of the later tree; the newest that is sealed unless told
        "to" => to: Option<u64>,
    }
}

impl Asks for ConsistencyQuery {
    const REQUIRED: &'static [&'static str] = &["from"];
}

/// A proof that nothing was done to the history but adding to it (RFC 6962 section 2.1.2)
#[derive(Serialize, Object)]
pub struct ConsistencyProof {
    /// The number of events of the earlier tree
    from: u64,
    /// Its root, in Base64
    from_root_hash: String,
    /// The number of events of the later tree
    to: u64,
    /// Its root, in Base64
    to_root_hash: String,
    /// The proof, each hash in Base64
    hashes: Vec<String>,
}

#[derive(Default)]
pub struct GetConsistencyProof;

impl Refuses for GetConsistencyProof {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "One of the trees is not sealed yet")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Audit")]
impl GetConsistencyProof {
    /// Prove that one tree is the beginning of another
    #[oai(
        path = "/audit/proofs/consistency",
        method = "get",
        operation_id = "getConsistencyProof"
    )]
    async fn call(
        &self,
        caller: Caller,
        asked: Asked<ConsistencyQuery>,
    ) -> Answer<Self, Found<ConsistencyProof>> {
        let from = asked.0.from.unwrap_or_default();
        let to = asked.0.to;
        if from == 0 {
            return Err(AdminError::bad_request(
                "The empty tree is the beginning of any; `from` begins at 1",
            ));
        }
        if to.is_some_and(|to| to < from) {
            return Err(AdminError::bad_request("`to` must not be below `from`"));
        }
        let app = caller.app.present();
        let proof = tree::consistency(&app.database, app.audit.key(), from, to).await?;
        Ok(Found(ConsistencyProof {
            from,
            from_root_hash: STANDARD.encode(proof.from_root),
            to: proof.to,
            to_root_hash: STANDARD.encode(proof.to_root),
            hashes: proof
                .path
                .iter()
                .map(|hash| STANDARD.encode(hash))
                .collect(),
        })
        .into())
    }
}

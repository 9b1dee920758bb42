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
    pub struct InclusionQuery {
        /// The position of the event, from 1
        "position" => position: Option<u64>,
        /// The number of events of the tree; the newest that is sealed unless told
        "tree-size" => tree_size: Option<u64>,
    }
}

impl Asks for InclusionQuery {
    const REQUIRED: &'static [&'static str] = &["position"];
}

/// A proof that an event is in the history (RFC 6962 section 2.1.1)
#[derive(Serialize, Object)]
pub struct InclusionProof {
    /// The position of the event; its leaf has the number before
    position: u64,
    /// The number of events of the tree
    tree_size: u64,
    /// The hash of the event, in Base64
    leaf_hash: String,
    /// The root of the tree, in Base64
    root_hash: String,
    /// The audit path, from the leaf to the root, each hash in Base64
    hashes: Vec<String>,
}

#[derive(Default)]
pub struct GetInclusionProof;

impl Refuses for GetInclusionProof {
    const REFUSALS: &'static [(u16, &'static str)] =
        &[(404, "The event or the tree is not sealed yet")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Audit")]
impl GetInclusionProof {
    /// Prove that an event is in the history
    #[oai(
        path = "/audit/proofs/inclusion",
        method = "get",
        operation_id = "getInclusionProof"
    )]
    async fn call(
        &self,
        caller: Caller,
        asked: Asked<InclusionQuery>,
    ) -> Answer<Self, Found<InclusionProof>> {
        let position = asked.0.position.unwrap_or_default();
        let size = asked.0.tree_size;
        if position == 0 {
            return Err(AdminError::bad_request("Positions begin at 1"));
        }
        if size.is_some_and(|size| size < position) {
            return Err(AdminError::bad_request(
                "A tree of that size does not reach the position",
            ));
        }
        let app = caller.app.present();
        let proof = tree::inclusion(&app.database, app.audit.key(), position, size).await?;
        Ok(Found(InclusionProof {
            position,
            tree_size: proof.tree_size,
            leaf_hash: STANDARD.encode(proof.leaf),
            root_hash: STANDARD.encode(proof.root),
            hashes: proof
                .path
                .iter()
                .map(|hash| STANDARD.encode(hash))
                .collect(),
        })
        .into())
    }
}

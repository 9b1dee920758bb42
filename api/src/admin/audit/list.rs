use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::AuditCheckpoint;
use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    envelope::PaginatedResponse,
    operations::{ROOT, Tag},
    query::{Filtered, Listing, Pagination, filters},
};

filters! {
    pub struct AuditCheckpointFilters {
        /// Retrieve checkpoints of at least so many events
        "filter[min-tree-size]" => min_tree_size: Option<u64>,
    }
}

#[derive(Default)]
pub struct ListAuditCheckpoints;

impl Refuses for ListAuditCheckpoints {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Audit")]
impl ListAuditCheckpoints {
    /// List checkpoints
    ///
    /// All of the last day, and of former days the first of every hour.
    #[oai(
        path = "/audit/checkpoints",
        method = "get",
        operation_id = "listAuditCheckpoints"
    )]
    async fn call(
        &self,
        caller: Caller,
        page: Pagination,
        filter: Filtered<AuditCheckpointFilters>,
    ) -> Answer<Self, Found<PaginatedResponse<AuditCheckpoint>>> {
        let app = caller.app.present();
        let from = filter.0.min_tree_size.unwrap_or_default();
        let listing = Listing::new(&page, &filter.0);
        let (count, rows) = listing
            .fetch(
                queries::count_audit_checkpoints(&app.database, from),
                queries::list_audit_checkpoints(&app.database, from, page.request()),
            )
            .await?;
        let key = app.audit.key();
        let rows = rows.map(|page| page.map(|row| AuditCheckpoint::of(row, key)));
        Ok(Found(PaginatedResponse::new(&listing, count, rows)).into())
    }
}

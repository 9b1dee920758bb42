use muniment_domain::UserId;

use crate::{accounts::AccountError, app::App, auth::Actor, history::Disclosures};

/// Records that somebody is about to be shown what was of a person. Whoever answers of the past passes
/// here first.
pub async fn record_reading(app: &App, by: &Actor, of: UserId) -> Result<(), AccountError> {
    let mut disclosures = Disclosures::to(by);
    disclosures.add(Some(of.as_uuid()));
    disclosures.record(app).await
}

use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::admin::{
    Caller,
    answer::{Answer, Found, Refuses},
    operations::{ROOT, Tag},
};

#[derive(Serialize, Object)]
pub struct Version {
    /// The semver version of the app
    version: String,
}

#[derive(Default)]
pub struct GetVersion;

impl Refuses for GetVersion {
    const REFUSALS: &'static [(u16, &'static str)] = &[];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Server")]
impl GetVersion {
    /// Get the version currently running
    #[oai(path = "/version", method = "get", operation_id = "version")]
    #[expect(
        clippy::unused_async,
        reason = "poem-openapi wants every operation to be"
    )]
    async fn call(&self, _caller: Caller) -> Answer<Self, Found<Version>> {
        Ok(Found(Version {
            version: concat!("v", env!("CARGO_PKG_VERSION")).to_owned(),
        })
        .into())
    }
}

use async_graphql::{Description, ID, Object};

/// Nobody: a requester without an account.
#[derive(Debug, Clone, Copy, Description)]
pub struct Anonymous;

#[Object(use_type_description)]
impl Anonymous {
    /// Always `anonymous`.
    pub async fn id(&self) -> ID {
        ID("anonymous".to_owned())
    }
}

use crate::outward::OutwardError;

/// Why nobody is believed to have signed in. For the log: holds nothing of the person and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    #[error("a request to the provider failed: {0}")]
    Outward(#[from] OutwardError),
    #[error("the provider answered {0}")]
    Status(u16),
    #[error("the provider's answer is not JSON as it should be")]
    NotJson,
    #[error("the provider's metadata names another issuer")]
    ForeignMetadata,
    #[error("the provider's metadata lacks `{0}`")]
    MissingEndpoint(&'static str),
    #[error("the provider's `{0}` is not an address that starts with https://")]
    Insecure(&'static str),
    #[error("what proves this service to the provider cannot be made: {0}")]
    Credential(String),
    #[error("the provider refused the code: {0}")]
    Refused(String),
    #[error("the provider's answer to the code makes no sense: {0}")]
    Exchange(String),
    #[error("the provider sent no ID token")]
    NoIdToken,
    #[error("the ID token is not believed: {0}")]
    IdToken(String),
    #[error("the userinfo is not believed: {0}")]
    Userinfo(&'static str),
    #[error("the logout token is not believed: {0}")]
    LogoutToken(&'static str),
    /// The template of the subject yields nothing that could be one.
    #[error("the provider does not tell who the person is")]
    NoSubject,
}

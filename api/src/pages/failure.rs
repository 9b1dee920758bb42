//! Why a handler could not do its work: for the log in full, for the reader as a page.

use muniment_store::{KeyError, sql::DatabaseError};

use super::PageError;
use crate::{accounts::AccountError, web::CookieTooLarge};

impl From<AccountError> for PageError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unavailable(_) | AccountError::Busy => {
                tracing::warn!(%error, "a page cannot be served for a moment");
                Self::Unavailable
            }
            AccountError::UsernameTaken => Self::UsernameTaken,
            error => {
                tracing::error!(%error, "a page failed");
                Self::Internal
            }
        }
    }
}

impl From<DatabaseError> for PageError {
    fn from(error: DatabaseError) -> Self {
        AccountError::from(error).into()
    }
}

impl From<KeyError> for PageError {
    fn from(error: KeyError) -> Self {
        AccountError::from(error).into()
    }
}

impl From<CookieTooLarge> for PageError {
    fn from(error: CookieTooLarge) -> Self {
        tracing::error!(%error, "a page failed");
        Self::Internal
    }
}

//! Forms that only our own pages can send (contract oauth2.md 14.3): a random value both in a cookie
//! and in the form. Another site can send a form, but not read or set the cookie.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use muniment_store::time::SECOND;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Cookies, PrivateCookie};

/// Seconds after the last page that had the token.
const LIFETIME: i64 = 3600;
const LENGTH: usize = 32;

#[derive(Serialize, Deserialize)]
struct Csrf {
    /// Seconds since 1970.
    expiration: i64,
    token: [u8; LENGTH],
}

impl PrivateCookie for Csrf {
    const NAME: &'static str = "csrf";
}

/// A form that none of our pages has sent, or an hour too late: a 400 page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CsrfError {
    #[error("the form came without its cookie")]
    NoCookie,
    #[error("the page with the form is too old; open it again")]
    Expired,
    #[error("the form does not belong to its cookie")]
    Mismatch,
}

impl Cookies {
    /// The value for the field `csrf` of the forms of a page. It stays the same from page to page,
    /// and good for an hour from now on.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        let now = self.now() / SECOND;
        let known = self.get::<Csrf>().filter(|csrf| now < csrf.expiration);
        let token = known.map_or_else(
            || {
                let mut fresh = [0; LENGTH];
                self.fill_random(&mut fresh);
                fresh
            },
            |csrf| csrf.token,
        );
        let csrf = Csrf {
            expiration: now + LIFETIME,
            token,
        };
        if let Err(error) = self.set(&csrf) {
            // A page without it is a form that is refused.
            tracing::error!(%error, "no CSRF cookie is set");
        }
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Whether a form came from one of our pages; `field` is its field `csrf`.
    pub fn verify_csrf(&self, field: Option<&str>) -> Result<(), CsrfError> {
        let csrf = self.get::<Csrf>().ok_or(CsrfError::NoCookie)?;
        if self.now() / SECOND >= csrf.expiration {
            return Err(CsrfError::Expired);
        }
        let given = field
            .and_then(|field| URL_SAFE_NO_PAD.decode(field).ok())
            .ok_or(CsrfError::Mismatch)?;
        if given.as_slice().ct_eq(&csrf.token).into() {
            Ok(())
        } else {
            Err(CsrfError::Mismatch)
        }
    }
}

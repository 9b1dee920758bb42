//! Cookies that are encrypted and authenticated (contract oauth2.md 12.6 and 14.1).
//!
//! Whatever a cookie cannot be decoded to counts as no cookie. Changes are collected while a request
//! is handled, and written into its response once.

use std::sync::{Arc, Mutex, PoisonError};

use cookie::{Cookie, CookieJar, Key, SameSite};
use muniment_store::{Clock, Entropy, MasterSecret};
use poem::{
    Endpoint, FromRequest, IntoResponse, Middleware, Request, RequestBody, Response, Result,
    http::{HeaderMap, HeaderValue, header},
};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

/// Bytes of JSON in a cookie: encrypted and in base64, with name and attributes, it must stay below
/// the 4096 bytes that browsers take.
pub(super) const MAX_JSON: usize = 2600;
/// Bytes of a value that is looked at.
const MAX_VALUE: usize = 4096;
/// Cookies of one name that are looked at: a browser may send those of other paths too.
const MAX_SAME_NAME: usize = 4;

/// How cookies are made.
pub struct CookieSettings {
    /// The current one first. Those of former secrets may still open.
    keys: Vec<Key>,
    secure: bool,
    path: String,
    /// Seconds that a session cookie lives after it was last sent.
    pub(super) session_lifetime: i64,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl CookieSettings {
    #[must_use]
    pub fn new(
        master: &MasterSecret,
        public_base: &Url,
        session_lifetime: i64,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            // HKDF-SHA-256.
            keys: master
                .expose()
                .map(|secret| Key::derive_from(secret))
                .collect(),
            secure: public_base.scheme() == "https",
            path: public_base.path().to_owned(),
            session_lifetime,
            clock,
            entropy,
        }
    }

    fn open(&self, cookie: &Cookie<'static>) -> Option<Opened> {
        self.keys.iter().enumerate().find_map(|(index, key)| {
            let opened = CookieJar::new().private(key).decrypt(cookie.clone())?;
            Some(Opened {
                json: opened.value().to_owned(),
                outdated: index > 0,
            })
        })
    }

    fn header(&self, change: &Change) -> Option<HeaderValue> {
        let mut cookie = match &change.json {
            Some(json) => {
                let mut jar = CookieJar::new();
                jar.private_mut(self.keys.first()?)
                    .add((change.name, json.clone()));
                jar.get(change.name)?.clone()
            }
            None => Cookie::new(change.name, ""),
        };
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        cookie.set_path(self.path.clone());
        if change.json.is_none() {
            cookie.make_removal();
        } else if let Some(seconds) = change.max_age {
            cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        }
        HeaderValue::from_str(&cookie.to_string()).ok()
    }
}

impl std::fmt::Debug for CookieSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CookieSettings")
            .field("secure", &self.secure)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a cookie holds.
pub trait PrivateCookie: Serialize + DeserializeOwned {
    const NAME: &'static str;
}

/// A browser would not keep the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cookie {0} is too large")]
pub struct CookieTooLarge(pub &'static str);

struct Opened {
    json: String,
    /// Sealed under a former secret.
    outdated: bool,
}

struct Change {
    name: &'static str,
    /// Removed when absent.
    json: Option<String>,
    /// Seconds; until the browser closes when absent.
    max_age: Option<i64>,
}

/// The cookies of a request, and of its response.
#[derive(Clone)]
pub struct Cookies(Arc<Inner>);

struct Inner {
    settings: Arc<CookieSettings>,
    received: HeaderMap,
    changes: Mutex<Vec<Change>>,
}

impl Cookies {
    fn new(settings: Arc<CookieSettings>, request: &Request) -> Self {
        let mut received = HeaderMap::new();
        for value in request.headers().get_all(header::COOKIE) {
            received.append(header::COOKIE, value.clone());
        }
        Self(Arc::new(Inner {
            settings,
            received,
            changes: Mutex::default(),
        }))
    }

    pub(super) fn settings(&self) -> &CookieSettings {
        &self.0.settings
    }

    /// Microseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.0.settings.clock.now()
    }

    pub(super) fn fill_random(&self, bytes: &mut [u8]) {
        self.0.settings.entropy.fill(bytes);
    }

    /// What a cookie holds, as changed by this request.
    #[must_use]
    pub fn get<T: PrivateCookie>(&self) -> Option<T> {
        self.opened::<T>().map(|(value, _)| value)
    }

    /// Also whether it should be sealed anew.
    pub(super) fn opened<T: PrivateCookie>(&self) -> Option<(T, bool)> {
        let changes = self
            .0
            .changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = changes.iter().find(|change| change.name == T::NAME) {
            let json = change.json.as_deref()?;
            return Some((serde_json::from_str(json).ok()?, false));
        }
        drop(changes);
        let opened = self.received(T::NAME)?;
        let decoded = serde_json::from_str(&opened.json);
        if decoded.is_err() {
            tracing::debug!(
                cookie.name = T::NAME,
                "a cookie does not hold what it should"
            );
        }
        Some((decoded.ok()?, opened.outdated))
    }

    /// Until the browser closes.
    pub fn set<T: PrivateCookie>(&self, value: &T) -> Result<(), CookieTooLarge> {
        self.change(value, None)
    }

    pub fn remove<T: PrivateCookie>(&self) {
        self.put(Change {
            name: T::NAME,
            json: None,
            max_age: None,
        });
    }

    pub(super) fn change<T: PrivateCookie>(
        &self,
        value: &T,
        max_age: Option<i64>,
    ) -> Result<(), CookieTooLarge> {
        let json = serde_json::to_string(value)
            .ok()
            .filter(|json| json.len() <= MAX_JSON)
            .ok_or(CookieTooLarge(T::NAME))?;
        self.put(Change {
            name: T::NAME,
            json: Some(json),
            max_age,
        });
        Ok(())
    }

    fn put(&self, change: Change) {
        let mut changes = self
            .0
            .changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        changes.retain(|earlier| earlier.name != change.name);
        changes.push(change);
    }

    /// Whether the request came with a cookie of this name, whatever is in it.
    pub(super) fn came_with(&self, name: &str) -> bool {
        self.raw(name).next().is_some()
    }

    fn received(&self, name: &'static str) -> Option<Opened> {
        let found = self
            .raw(name)
            .take(MAX_SAME_NAME)
            .find_map(|cookie| self.0.settings.open(&cookie));
        if found.is_none() && self.came_with(name) {
            tracing::debug!(cookie.name = name, "a cookie cannot be opened");
        }
        found
    }

    fn raw(&self, name: &str) -> impl Iterator<Item = Cookie<'static>> {
        self.0
            .received
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| Cookie::split_parse_encoded(value.to_owned()))
            .filter_map(std::result::Result::ok)
            .filter(move |cookie| cookie.name() == name && cookie.value().len() <= MAX_VALUE)
    }

    /// Writes what has changed into a response; false when nothing has.
    fn apply(&self, headers: &mut HeaderMap) -> bool {
        let changes = self
            .0
            .changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for change in changes.iter() {
            // Removing what the browser does not have would only tell that there is such a thing.
            if change.json.is_none() && !self.came_with(change.name) {
                continue;
            }
            if let Some(value) = self.0.settings.header(change) {
                headers.append(header::SET_COOKIE, value);
            }
        }
        !changes.is_empty()
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookies(***)")
    }
}

impl<'a> FromRequest<'a> for Cookies {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        request.extensions().get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a route that needs cookies is not wrapped in CookieManager");
            poem::http::StatusCode::INTERNAL_SERVER_ERROR.into()
        })
    }
}

/// Gives the handlers within their [`Cookies`].
#[derive(Debug, Clone)]
pub struct CookieManager(Arc<CookieSettings>);

impl CookieManager {
    #[must_use]
    pub const fn new(settings: Arc<CookieSettings>) -> Self {
        Self(settings)
    }
}

impl<E: Endpoint> Middleware<E> for CookieManager {
    type Output = WithCookies<E>;

    fn transform(&self, inner: E) -> WithCookies<E> {
        WithCookies {
            inner,
            settings: self.0.clone(),
        }
    }
}

/// An endpoint within [`CookieManager`].
#[derive(Debug)]
pub struct WithCookies<E> {
    inner: E,
    settings: Arc<CookieSettings>,
}

impl<E: Endpoint> Endpoint for WithCookies<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let cookies = Cookies::new(self.settings.clone(), &request);
        request.extensions_mut().insert(cookies.clone());
        match self.inner.call(request).await {
            Ok(output) => {
                let mut response = output.into_response();
                cookies.apply(response.headers_mut());
                Ok(response)
            }
            // An error goes on as it is, for whoever makes a page of it, unless a cookie goes with it.
            Err(error) => {
                let mut headers = HeaderMap::new();
                if !cookies.apply(&mut headers) {
                    return Err(error);
                }
                let mut response = error.into_response();
                response.headers_mut().extend(headers);
                Ok(response)
            }
        }
    }
}

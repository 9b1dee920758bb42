//! Cookies from one request to the next.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use muniment_store::{Clock, Entropy, MasterSecret};
use poem::{
    Endpoint, EndpointExt, Request, Response, endpoint::make, error::Error, http::StatusCode,
    http::header,
};
use ulid::Ulid;
use url::Url;

use super::{csrf::CsrfError, session::SessionCookie, *};
use crate::ambient::SystemEntropy;

const LIFETIME: i64 = 30 * 24 * 3600;
const START: i64 = 1_700_000_000;

#[derive(Debug, Default)]
struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst) * 1_000_000
    }
}

/// A browser, and the server it speaks to.
struct Browser {
    settings: Arc<CookieSettings>,
    clock: Arc<Watch>,
    cookies: Vec<(String, String)>,
    /// `Set-Cookie` of the last response.
    set: Vec<String>,
}

fn settings(master: &MasterSecret, base: &str, clock: &Arc<Watch>) -> Arc<CookieSettings> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new().unwrap());
    let base = Url::parse(base).unwrap();
    Arc::new(CookieSettings::new(
        master,
        &base,
        LIFETIME,
        clock.clone(),
        entropy,
    ))
}

impl Browser {
    fn new() -> Self {
        Self::at("https://example.com/auth/")
    }

    fn at(base: &str) -> Self {
        let clock = Arc::new(Watch(AtomicI64::new(START)));
        Self {
            settings: settings(&MasterSecret::new([7; 32]), base, &clock),
            clock,
            cookies: Vec::new(),
            set: Vec::new(),
        }
    }

    fn later(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A ULID of now.
    fn id(&self, random: u128) -> Ulid {
        Ulid::from_parts(u64::try_from(self.clock.now() / 1000).unwrap(), random)
    }

    /// Lets a handler work with the cookies, and keeps what it sets.
    async fn visit<T: Send + 'static>(
        &mut self,
        work: impl Fn(&Cookies) -> T + Send + Sync + 'static,
    ) -> T {
        let (sender, receiver) = std::sync::mpsc::channel();
        let endpoint = make(move |request: Request| {
            let cookies = request.extensions().get::<Cookies>().unwrap().clone();
            sender.send(work(&cookies)).unwrap();
            async { Response::default() }
        })
        .with(CookieManager::new(self.settings.clone()));
        let response = endpoint.call(self.request()).await.unwrap();
        self.keep(&response);
        receiver.recv().unwrap()
    }

    fn request(&self) -> Request {
        let mut request = Request::builder();
        // As HTTP/2 does: in several headers.
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        request.finish()
    }

    fn keep(&mut self, response: &Response) {
        self.set = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect();
        for set in &self.set {
            let (name, rest) = set.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn value(&mut self, name: &str) -> &mut String {
        let found = self.cookies.iter_mut().find(|(known, _)| known == name);
        &mut found.unwrap().1
    }
}

#[tokio::test]
async fn a_session_is_started_known_and_ended() {
    let mut browser = Browser::new();
    assert_eq!(
        browser.visit(Cookies::session).await,
        SessionCookie::default()
    );
    assert!(browser.set.is_empty(), "reading sets nothing");
    let id = Ulid(7);
    let session = browser
        .visit(move |cookies| {
            cookies.start_session(id);
            cookies.session()
        })
        .await;
    assert_eq!(
        session.current,
        Some(id),
        "the request itself sees the change"
    );
    assert_eq!(browser.set.len(), 1);
    assert_eq!(browser.visit(Cookies::session).await.current, Some(id));
    assert!(
        browser.set.is_empty(),
        "an unchanged cookie is not sent again"
    );
    browser.visit(Cookies::end_session).await;
    let session = browser.visit(Cookies::session).await;
    assert_eq!(session.current, None);
    assert_eq!(session.logged_out_at.unwrap().timestamp(), START);
    browser
        .visit(move |cookies| cookies.start_session(id))
        .await;
    assert_eq!(browser.visit(Cookies::session).await.logged_out_at, None);
}

#[tokio::test]
async fn attributes_are_those_of_the_contract() {
    for (base, secure, path) in [
        ("https://example.com/auth/", true, "/auth/"),
        ("http://localhost:8080/", false, "/"),
    ] {
        let mut browser = Browser::at(base);
        browser
            .visit(|cookies| {
                cookies.start_session(Ulid(7));
                cookies.csrf_token()
            })
            .await;
        assert_eq!(browser.set.len(), 2);
        for set in &browser.set {
            let mut attributes: Vec<&str> = set.split("; ").skip(1).collect();
            attributes.sort_unstable();
            let path = format!("Path={path}");
            let max_age = format!("Max-Age={LIFETIME}");
            let mut expected = vec!["HttpOnly", path.as_str(), "SameSite=Lax"];
            if set.starts_with("session=") {
                expected.push(&max_age);
            }
            if secure {
                expected.push("Secure");
            }
            expected.sort_unstable();
            assert_eq!(attributes, expected);
            assert!(set.len() < 4096);
        }
    }
}

#[tokio::test]
async fn a_session_cookie_rolls_and_dies_of_disuse() {
    let mut browser = Browser::new();
    browser
        .visit(|cookies| cookies.start_session(Ulid(7)))
        .await;
    browser.later(LIFETIME / 2 - 1);
    browser.visit(Cookies::session).await;
    assert!(browser.set.is_empty());
    browser.later(1);
    browser.visit(Cookies::session).await;
    assert_eq!(browser.set.len(), 1);
    browser.later(LIFETIME - 1);
    assert_eq!(browser.visit(Cookies::session).await.current, Some(Ulid(7)));
    browser.later(LIFETIME);
    assert_eq!(
        browser.visit(Cookies::session).await,
        SessionCookie::default()
    );
}

#[tokio::test]
async fn what_was_changed_or_stands_under_another_name_is_no_cookie() {
    let mut browser = Browser::new();
    browser
        .visit(|cookies| cookies.start_session(Ulid(7)))
        .await;
    let right = browser.value("session").clone();
    let mut bytes = STANDARD.decode(&right).unwrap();
    bytes[20] ^= 1;
    for wrong in [STANDARD.encode(bytes), String::new(), "x".repeat(10_000)] {
        *browser.value("session") = wrong;
        assert_eq!(
            browser.visit(Cookies::session).await,
            SessionCookie::default()
        );
    }
    browser.cookies = vec![("csrf".to_owned(), right.clone())];
    let found = browser
        .visit(|cookies| cookies.verify_csrf(Some("AA")))
        .await;
    assert_eq!(found, Err(CsrfError::NoCookie));
    // One from another path does not hide the right one.
    browser.cookies = vec![
        ("session".to_owned(), "junk".to_owned()),
        ("session".to_owned(), right),
    ];
    assert_eq!(browser.visit(Cookies::session).await.current, Some(Ulid(7)));
}

#[tokio::test]
async fn a_cookie_in_another_encoding_is_read() {
    let mut browser = Browser::new();
    browser
        .visit(|cookies| cookies.start_session(Ulid(7)))
        .await;
    let value = browser.value("session");
    *value = value
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    assert_eq!(browser.visit(Cookies::session).await.current, Some(Ulid(7)));
}

#[tokio::test]
async fn a_cookie_outlives_a_change_of_the_secret_and_is_sealed_anew() {
    let mut browser = Browser::new();
    browser
        .visit(|cookies| cookies.start_session(Ulid(7)))
        .await;
    let master = MasterSecret::new([8; 32]).with_previous([[7; 32]]);
    browser.settings = settings(&master, "https://example.com/auth/", &browser.clock);
    assert_eq!(browser.visit(Cookies::session).await.current, Some(Ulid(7)));
    assert_eq!(browser.set.len(), 1);
    let master = MasterSecret::new([8; 32]);
    browser.settings = settings(&master, "https://example.com/auth/", &browser.clock);
    assert_eq!(browser.visit(Cookies::session).await.current, Some(Ulid(7)));
    let master = MasterSecret::new([9; 32]);
    browser.settings = settings(&master, "https://example.com/auth/", &browser.clock);
    assert_eq!(browser.visit(Cookies::session).await.current, None);
}

#[tokio::test]
async fn a_form_is_believed_with_its_cookie_for_an_hour_after_the_last_page() {
    let mut browser = Browser::new();
    let token = browser.visit(Cookies::csrf_token).await;
    assert_eq!(token.len(), 43);
    let sent = token.clone();
    let verify = move |cookies: &Cookies| cookies.verify_csrf(Some(&sent));
    browser.later(3599);
    assert_eq!(browser.visit(verify.clone()).await, Ok(()));
    assert_eq!(
        browser.visit(Cookies::csrf_token).await,
        token,
        "pages share it"
    );
    browser.later(3599);
    assert_eq!(browser.visit(verify.clone()).await, Ok(()));
    browser.later(1);
    assert_eq!(browser.visit(verify.clone()).await, Err(CsrfError::Expired));
    let fresh = browser.visit(Cookies::csrf_token).await;
    assert_ne!(fresh, token);
    assert_eq!(
        browser.visit(verify.clone()).await,
        Err(CsrfError::Mismatch)
    );
    for field in [None, Some(""), Some("!"), Some("AAAA")] {
        let found = browser
            .visit(move |cookies| cookies.verify_csrf(field))
            .await;
        assert_eq!(found, Err(CsrfError::Mismatch));
    }
    browser.cookies.clear();
    assert_eq!(browser.visit(verify).await, Err(CsrfError::NoCookie));
}

#[tokio::test]
async fn registrations_are_known_for_an_hour_to_the_browser_that_began_them() {
    let mut browser = Browser::new();
    let first = browser.id(1);
    let remember = |id| move |cookies: &Cookies| cookies.remember_registration(id).unwrap();
    let knows = |id| move |cookies: &Cookies| cookies.knows_registration(id);
    browser.visit(remember(first)).await;
    assert!(browser.visit(knows(first)).await);
    browser.later(3599);
    let second = browser.id(2);
    browser.visit(remember(second)).await;
    assert!(browser.visit(knows(first)).await);
    browser.later(1);
    assert!(!browser.visit(knows(first)).await);
    assert!(browser.visit(knows(second)).await);
    browser
        .visit(move |cookies| cookies.forget_registration(second).unwrap())
        .await;
    assert!(browser.cookies.is_empty(), "an empty list is no cookie");
    for n in 0..100 {
        let id = browser.id(n);
        browser.visit(remember(id)).await;
    }
    let (last, old) = (browser.id(99), browser.id(1));
    assert!(browser.visit(knows(last)).await);
    assert!(!browser.visit(knows(old)).await);
}

#[tokio::test]
async fn logins_elsewhere_are_known_for_ten_minutes_and_old_ones_make_room() {
    let mut browser = Browser::new();
    let login = |browser: &Browser, n: u128| UpstreamSession {
        session: browser.id(n),
        provider: Ulid(5),
        state: format!("state {n} {}", "x".repeat(100)),
        link: Some(Ulid(n)),
        post_auth_action: None,
    };
    for n in 0..30 {
        let login = login(&browser, n);
        browser
            .visit(move |cookies| cookies.remember_upstream(login.clone()).unwrap())
            .await;
    }
    let find = |n: u128| {
        move |cookies: &Cookies| {
            let by_link = cookies.upstream_by_link(Ulid(n));
            let state = format!("state {n} {}", "x".repeat(100));
            assert_eq!(cookies.upstream_by_state(Ulid(5), &state), by_link);
            assert_eq!(cookies.upstream_by_state(Ulid(6), &state), None);
            by_link
        }
    };
    assert_eq!(browser.visit(find(29)).await, Some(login(&browser, 29)));
    assert_eq!(browser.visit(find(0)).await, None);
    let id = browser.id(28);
    browser
        .visit(move |cookies| cookies.forget_upstream(id).unwrap())
        .await;
    assert_eq!(browser.visit(find(28)).await, None);
    browser.later(600);
    assert_eq!(browser.visit(find(29)).await, None);
    let huge = UpstreamSession {
        state: "x".repeat(4000),
        ..login(&browser, 1)
    };
    let found = browser
        .visit(move |cookies| cookies.remember_upstream(huge.clone()))
        .await;
    assert_eq!(found, Err(CookieTooLarge("upstream-oauth2-sessions")));
}

#[tokio::test]
async fn an_error_keeps_its_cookies_and_without_any_stays_an_error() {
    let browser = Browser::new();
    for changes in [true, false] {
        let endpoint = make(move |request: Request| async move {
            let cookies = request.extensions().get::<Cookies>().unwrap();
            if changes {
                cookies.end_session();
            }
            Err::<Response, Error>(StatusCode::IM_A_TEAPOT.into())
        })
        .with(CookieManager::new(browser.settings.clone()));
        match endpoint.call(browser.request()).await {
            Ok(response) => {
                assert!(changes);
                assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
                assert!(response.headers().contains_key(header::SET_COOKIE));
            }
            Err(error) => {
                assert!(!changes);
                assert_eq!(error.status(), StatusCode::IM_A_TEAPOT);
            }
        }
    }
}

//! People in browsers, without the pages on which they would sign in: their sessions are written into
//! the log, and their cookies are sealed as the server does it.

use cookie::{Cookie, CookieJar, Key};
use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionError, BrowserSessionId, SessionEnd, UserId,
};
use muniment_store::{Batch, sql::query};
use muniment_tests::{
    LogSetup, TestClock, TestDatabase, TestEntropy, TestLog, TestServer,
    server::{ENCRYPTION, master},
};
use reqwest::RequestBuilder;
use serde_json::json;

use crate::{Answer, answer};

/// Another process on the server's database.
pub async fn beside(database: &TestDatabase) -> TestLog {
    let setup = LogSetup {
        clock: TestClock::at(now()),
        entropy: TestEntropy::real(),
        master: master(),
        ..LogSetup::default()
    };
    TestLog::open_with(database, setup).await
}

/// Microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is another process, which reads this clock too"
)]
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_micros()).unwrap()
}

/// A signed-in browser.
#[derive(Debug)]
pub struct Browser {
    pub user: UserId,
    pub session: BrowserSessionId,
    session_cookie: String,
}

impl Browser {
    /// Of a new user.
    pub async fn of_new_user(log: &TestLog, name: &str) -> Self {
        let user = log.register(name).await;
        Self::of(log, user).await
    }

    pub async fn of(log: &TestLog, user: UserId) -> Self {
        let session = BrowserSessionId::from_uuid(log.ids.ulid());
        let commands = vec![
            BrowserSessionCommand::StartBrowserSession {
                session_id: session,
                user_id: user,
                user_agent: None,
                ip: None,
            },
            BrowserSessionCommand::Authenticate {
                authentication_id: AuthenticationId::from_uuid(log.ids.ulid()),
                method: AuthenticationMethod::Issued,
            },
        ];
        let batch = Batch::<BrowserSessionError>::new()
            .then_all::<BrowserSession>(session.as_uuid(), commands);
        log.journal
            .execute_all(&batch, log.execution())
            .await
            .unwrap();
        let renewed_at = now() / 1_000_000;
        let value = json!({ "current": session.to_string(), "renewed_at": renewed_at });
        Self {
            user,
            session,
            session_cookie: sealed("session", &value.to_string()),
        }
    }

    /// `session=…`
    pub fn session_cookie(&self) -> &str {
        &self.session_cookie
    }

    pub async fn sign_out(&self, log: &TestLog) {
        let command = BrowserSessionCommand::FinishBrowserSession {
            reason: SessionEnd::SignedOut,
        };
        log.journal
            .execute::<BrowserSession>(self.session.as_uuid(), command, log.execution())
            .await
            .unwrap();
    }

    pub async fn get(&self, server: &TestServer, path: &str) -> Answer {
        answer(self.with_cookies(server.get(path), None)).await
    }

    /// Opens the page and sends its form.
    pub async fn submit(&self, server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(server, path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let csrf = csrf_field(&page.text);
        let cookie = cookie_of(&page, "csrf");
        let fields = [&[("csrf", csrf.as_str())][..], fields].concat();
        let request = server.post(path).form(&fields);
        answer(self.with_cookies(request, Some(&cookie))).await
    }

    pub fn with_cookies(&self, request: RequestBuilder, more: Option<&str>) -> RequestBuilder {
        let mut cookies = self.session_cookie.clone();
        if let Some(more) = more {
            cookies = format!("{cookies}; {more}");
        }
        request.header("cookie", cookies)
    }
}

/// `name=value`, as the server would have set it.
fn sealed(name: &str, json: &str) -> String {
    let mut secret = [0; 32];
    hex::decode_to_slice(ENCRYPTION, &mut secret).unwrap();
    let mut jar = CookieJar::new();
    jar.private_mut(&Key::derive_from(&secret))
        .add(Cookie::new(name.to_owned(), json.to_owned()));
    jar.get(name).unwrap().encoded().stripped().to_string()
}

pub fn csrf_field(html: &str) -> String {
    let field = html.split("name=\"csrf\"").nth(1).expect("a form");
    let value = field.split("value=\"").nth(1).expect("with its token");
    value.split('"').next().unwrap().to_owned()
}

pub fn cookie_of(answer: &Answer, name: &str) -> String {
    let prefix = format!("{name}=");
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|value| value.starts_with(&prefix))
        .and_then(|value| value.split(';').next())
        .unwrap_or_else(|| panic!("no {name} in {answer:?}"))
        .to_owned()
}

/// Moves times of a table's rows back, as if so many seconds had gone by.
pub async fn age(log: &TestLog, table: &str, columns: &[&str], seconds: i64) {
    let sets: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} = {column} - {}", seconds * 1_000_000))
        .collect();
    let mut transaction = log.database.begin().await.unwrap();
    let statement = query(format!("UPDATE {table} SET {}", sets.join(", ")));
    transaction.execute(statement).await.unwrap();
    transaction.commit().await.unwrap();
}

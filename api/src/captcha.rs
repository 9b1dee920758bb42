//! The challenge on the registration form: whether its answer is good (contract oauth2.md 19.2).

use std::{net::IpAddr, time::Duration};

use reqwest::{Client, Response, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::site::CaptchaService;

/// How long the service may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most of its answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest response that is passed on, in bytes; real ones have a few thousand.
const LONGEST_RESPONSE: usize = 16 * 1024;

const SERVICES: [CaptchaService; 3] = [
    CaptchaService::RecaptchaV2,
    CaptchaService::HCaptcha,
    CaptchaService::CloudflareTurnstile,
];

impl CaptchaService {
    /// The field of the form that the service's script fills in.
    pub const fn field(self) -> &'static str {
        match self {
            Self::RecaptchaV2 => "g-recaptcha-response",
            Self::HCaptcha => "h-captcha-response",
            Self::CloudflareTurnstile => "cf-turnstile-response",
        }
    }

    const fn endpoint(self) -> &'static str {
        match self {
            Self::RecaptchaV2 => "https://www.google.com/recaptcha/api/siteverify",
            Self::HCaptcha => "https://api.hcaptcha.com/siteverify",
            Self::CloudflareTurnstile => {
                "https://challenges.cloudflare.com/turnstile/v0/siteverify"
            }
        }
    }
}

/// Why a form is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CaptchaError {
    #[error("the challenge was not answered")]
    Missing,
    /// The form answers a challenge that was not put to it.
    #[error("the form answers another challenge than the one that was put")]
    Unexpected,
    #[error("the answer is not good: {}", .0.join(", "))]
    Refused(Vec<String>),
    #[error("the challenge was solved on another site")]
    Hostname,
    #[error("the service does not say when the challenge was solved")]
    Timestamp,
    /// Not the user's fault.
    #[error("the service could not be asked: {0}")]
    Service(String),
}

impl CaptchaError {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::Service(_))
    }
}

impl From<reqwest::Error> for CaptchaError {
    fn from(error: reqwest::Error) -> Self {
        Self::Service(error.without_url().to_string())
    }
}

/// What it takes to ask the service.
#[derive(Clone)]
pub struct Settings {
    pub service: CaptchaService,
    pub secret_key: Zeroizing<String>,
    /// The host of the site that the challenge is shown on.
    pub hostname: String,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Checks forms; where no challenge is configured, that they answer none.
#[derive(Debug)]
pub struct Captcha(Option<Verifier>);

#[derive(Debug)]
struct Verifier {
    settings: Settings,
    endpoint: String,
    client: Client,
}

#[derive(Deserialize)]
struct Verdict {
    success: bool,
    challenge_ts: Option<String>,
    hostname: Option<String>,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
}

impl Captcha {
    pub fn new(settings: Option<Settings>) -> Result<Self, reqwest::Error> {
        let verifier = |settings: Settings| {
            Ok(Verifier {
                endpoint: settings.service.endpoint().to_owned(),
                settings,
                client: client()?,
            })
        };
        Ok(Self(settings.map(verifier).transpose()?))
    }

    /// Checks a form, which answers with a field's text if it has the field.
    pub async fn verify<'f>(
        &self,
        form: impl Fn(&'static str) -> Option<&'f str>,
        ip: Option<IpAddr>,
    ) -> Result<(), CaptchaError> {
        let wanted = self.0.as_ref().map(|verifier| verifier.settings.service);
        let given = |service: CaptchaService| form(service.field()).is_some();
        if SERVICES
            .into_iter()
            .any(|service| Some(service) != wanted && given(service))
        {
            return Err(CaptchaError::Unexpected);
        }
        let Some(verifier) = &self.0 else {
            return Ok(());
        };
        let response = form(verifier.settings.service.field()).unwrap_or_default();
        if response.is_empty() {
            return Err(CaptchaError::Missing);
        }
        if response.len() > LONGEST_RESPONSE {
            return Err(CaptchaError::Refused(vec!["too long".to_owned()]));
        }
        verifier.verify(response, ip).await
    }
}

fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

impl Verifier {
    async fn verify(&self, response: &str, ip: Option<IpAddr>) -> Result<(), CaptchaError> {
        let ip = ip.map(|ip| ip.to_string());
        let mut form = vec![
            ("secret", self.settings.secret_key.as_str()),
            ("response", response),
        ];
        form.extend(ip.as_deref().map(|ip| ("remoteip", ip)));
        let unfit = |error: url::ParseError| CaptchaError::Service(error.to_string());
        let endpoint = Url::parse(&self.endpoint).map_err(unfit)?;
        let answer = self.client.post(endpoint).form(&form).send().await?;
        let answer = read(answer.error_for_status()?).await?;
        let verdict: Verdict = serde_json::from_slice(&answer).map_err(|_| {
            CaptchaError::Service("its answer is not what was agreed on".to_owned())
        })?;
        if !verdict.success {
            return Err(CaptchaError::Refused(verdict.error_codes));
        }
        if verdict.hostname.as_deref() != Some(&*self.settings.hostname) {
            return Err(CaptchaError::Hostname);
        }
        if verdict.challenge_ts.is_none_or(|at| at.is_empty()) {
            return Err(CaptchaError::Timestamp);
        }
        Ok(())
    }
}

async fn read(mut answer: Response) -> Result<Vec<u8>, CaptchaError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(CaptchaError::Service("its answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use poem::{
        EndpointExt, Route, Server, handler,
        listener::{Acceptor, Listener, TcpListener},
        post,
        web::{Data, Form},
    };

    use super::*;

    type Asked = Arc<Mutex<Vec<(String, String)>>>;

    #[handler]
    fn siteverify(
        Form(form): Form<Vec<(String, String)>>,
        Data(asked): Data<&Asked>,
        Data(answer): Data<&String>,
    ) -> String {
        *asked.lock().unwrap() = form;
        answer.clone()
    }

    /// Asks a service that always answers this; also what it was asked.
    async fn ask(
        answer: &str,
        fields: &[(&str, &str)],
    ) -> (Result<(), CaptchaError>, Vec<(String, String)>) {
        let asked = Asked::default();
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = acceptor.local_addr().remove(0);
        let address = *address.as_socket_addr().unwrap();
        let route = Route::new().at("/verify", post(siteverify));
        let route = route.data(asked.clone()).data(answer.to_owned());
        let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(route));
        let captcha = Captcha(Some(Verifier {
            settings: settings(),
            endpoint: format!("http://{address}/verify"),
            client: Client::builder().no_proxy().build().unwrap(),
        }));
        let verified = captcha
            .verify(form(fields), Some("192.0.2.1".parse().unwrap()))
            .await;
        server.abort();
        let asked = asked.lock().unwrap().clone();
        (verified, asked)
    }

    fn settings() -> Settings {
        Settings {
            service: CaptchaService::HCaptcha,
            secret_key: Zeroizing::new("hush".to_owned()),
            hostname: "id.example.com".to_owned(),
        }
    }

    fn form<'f>(fields: &'f [(&'f str, &'f str)]) -> impl Fn(&'static str) -> Option<&'f str> {
        |name| {
            fields
                .iter()
                .find(|(field, _)| *field == name)
                .map(|(_, value)| *value)
        }
    }

    const GOOD: &str = r#"{"success": true, "challenge_ts": "2022-01-16T14:40:00Z", "hostname": "id.example.com"}"#;
    const ANSWERED: [(&str, &str); 1] = [("h-captcha-response", "solved")];

    #[tokio::test]
    async fn a_good_answer_is_accepted() {
        let (verified, asked) = ask(GOOD, &ANSWERED).await;
        verified.unwrap();
        let asked: Vec<(&str, &str)> = asked.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(
            asked,
            [
                ("secret", "hush"),
                ("response", "solved"),
                ("remoteip", "192.0.2.1")
            ]
        );
    }

    #[tokio::test]
    async fn every_other_answer_of_the_service_is_refused() {
        for (answer, expected) in [
            (
                r#"{"success": false, "error-codes": ["invalid-input-response"]}"#,
                "Refused",
            ),
            (r#"{"success": false}"#, "Refused"),
            (
                r#"{"success": true, "challenge_ts": "x", "hostname": "evil.example"}"#,
                "Hostname",
            ),
            (r#"{"success": true, "challenge_ts": "x"}"#, "Hostname"),
            (
                r#"{"success": true, "hostname": "id.example.com"}"#,
                "Timestamp",
            ),
            ("<html>", "Service"),
            ("{}", "Service"),
        ] {
            let error = ask(answer, &ANSWERED).await.0.unwrap_err();
            assert!(
                format!("{error:?}").starts_with(expected),
                "{answer}: {error:?}"
            );
        }
        let endless = format!("{GOOD}{}", " ".repeat(LONGEST_ANSWER));
        assert!(ask(&endless, &ANSWERED).await.0.unwrap_err().is_ours());
    }

    #[tokio::test]
    async fn the_form_has_exactly_the_field_of_the_service() {
        let recaptcha = ("g-recaptcha-response", "solved");
        for (fields, expected) in [
            (&[][..], "Missing"),
            (&[("h-captcha-response", "")], "Missing"),
            (&[recaptcha], "Unexpected"),
            (&[ANSWERED[0], recaptcha], "Unexpected"),
        ] {
            let (verified, asked) = ask(GOOD, fields).await;
            let error = verified.unwrap_err();
            assert!(
                format!("{error:?}").starts_with(expected),
                "{fields:?}: {error:?}"
            );
            assert!(asked.is_empty());
        }
    }

    #[tokio::test]
    async fn without_a_service_no_field_may_be_there() {
        let none = Captcha::new(None).unwrap();
        none.verify(form(&[("username", "alice")]), None)
            .await
            .unwrap();
        let error = none.verify(form(&ANSWERED), None).await.unwrap_err();
        assert!(matches!(error, CaptchaError::Unexpected));
    }

    #[tokio::test]
    async fn a_service_that_is_away_is_not_the_users_fault() {
        let captcha = Captcha(Some(Verifier {
            settings: settings(),
            endpoint: "http://127.0.0.1:1/".to_owned(),
            client: Client::builder().no_proxy().build().unwrap(),
        }));
        let error = captcha.verify(form(&ANSWERED), None).await.unwrap_err();
        assert!(error.is_ours(), "{error:?}");
        assert!(!format!("{captcha:?} {error}").contains("hush"));
    }

    #[test]
    fn a_client_for_the_real_services_can_be_made() {
        for service in SERVICES {
            assert!(Url::parse(service.endpoint()).unwrap().scheme() == "https");
            let settings = Settings {
                service,
                ..settings()
            };
            Captcha::new(Some(settings)).unwrap();
        }
    }
}

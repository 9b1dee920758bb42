//! Writes that may be sent again (draft-ietf-httpapi-idempotency-key-header): the same key of the same
//! caller with the same request gives the first answer again, for a day.
//!
//! The answer is kept beside the log, sealed, as it may hold a token that nobody could be told again; it
//! goes when a person is erased whom it tells of. Whether a request was done is known by the log: when
//! the answer was lost on the way, the resource is answered as it is.

mod kept;
mod key;
mod lost;

pub use key::Key;

use muniment_domain::PersonalSessionOwner;
use muniment_store::{
    idempotent_requests::{self as rows, NewRequest},
    log::IdempotencyKey,
    time::SECOND,
};
use poem::{
    Request, Response, Route,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use self::{
    kept::{is_for_good, replayed, written},
    lost::{as_it_is, done, is_of},
};
use super::{AdminError, Caller, body, error::internal, operations::ROOT};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A request that is neither answered nor given up belongs to who began it for so long, in
/// microseconds.
const LEASE: i64 = 30 * SECOND;

/// Whether what is done at a path, below the root, is one thing with one answer, which can be kept. The
/// others can be sent again by themselves.
pub fn is_repeatable(path: &str) -> bool {
    path != "/users/bulk"
}

/// One go at a request.
#[derive(Debug)]
pub struct Attempt {
    id: [u8; 32],
    method: Method,
    /// Below the root.
    path: String,
    started_at: i64,
    leased_until: i64,
    /// Whether somebody had a go at it before.
    is_again: bool,
}

impl Attempt {
    /// By what the log knows that it was done.
    pub fn log_key(&self) -> IdempotencyKey {
        IdempotencyKey {
            // A key may be used for something else when its day is over.
            key: format!("admin:{}:{}", hex::encode(self.id), self.started_at),
            digest: self.id,
        }
    }

    fn context(id: &[u8; 32]) -> String {
        format!("idempotent request {}", hex::encode(id))
    }
}

pub enum Begun {
    /// It is to be done now.
    Attempt(Attempt),
    /// It was done before, or cannot be.
    Answered(Response),
}

/// Keeps answers, and finds out those that were lost.
pub struct Repeats {
    /// The operations that read, by their paths.
    pub reads: Route,
}

impl Repeats {
    /// Looks a request up, and begins it if there is none yet.
    pub async fn begin(
        &self,
        caller: &Caller,
        key: &Key,
        request: &mut Request,
    ) -> Result<Begun, AdminError> {
        let app = &caller.app;
        let bytes = body::whole(request.take_body()).await?;
        let asked: [u8; 32] = digest(request, &bytes);
        request.set_body(bytes);
        let (id, now) = (key.id(caller), app.clock.now());
        let context = Attempt::context(&id);
        let new = NewRequest {
            id,
            caller: match caller.owner {
                PersonalSessionOwner::User(id) => id.as_uuid(),
                PersonalSessionOwner::Client(id) => id.as_uuid(),
            },
            request: app.sealer.seal(&context, &asked).map_err(internal)?,
            started_at: now,
            leased_until: now + LEASE,
        };
        let mut attempt = Attempt {
            id,
            method: request.method().clone(),
            path: below_root(request).to_owned(),
            started_at: now,
            leased_until: now + LEASE,
            is_again: false,
        };
        if rows::begin(&app.database, &new).await? {
            return Ok(Begun::Attempt(attempt));
        }
        let Some(found) = rows::find(&app.database, &id).await? else {
            return Ok(Begun::Answered(too_many()));
        };
        if app
            .sealer
            .open(&context, &found.request)
            .map_err(internal)?[..]
            != asked
        {
            return Err(AdminError::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The Idempotency-Key was used for another request",
            ));
        }
        if let Some(answer) = &found.answer {
            let clear = app.sealer.open(&context, answer).map_err(internal)?;
            return replayed(&clear).map(Begun::Answered);
        }
        if found.leased_until > now
            || !rows::take_over(&app.database, &id, &found, attempt.leased_until).await?
        {
            return Ok(Begun::Answered(under_way()));
        }
        attempt.started_at = found.started_at;
        attempt.is_again = true;
        Ok(match done(caller, &attempt).await? {
            Some(event) => {
                let mut answer = as_it_is(&self.reads, caller, &attempt, &event).await?;
                keep(caller, &attempt, &mut answer).await;
                Begun::Answered(answer)
            }
            None => Begun::Attempt(attempt),
        })
    }

    /// What is answered after a go, which is kept if it is the answer for good. `request` is the id that
    /// what was done by this go has.
    pub async fn end(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        request: Uuid,
        mut answer: Response,
    ) -> Result<Response, AdminError> {
        // Somebody else may have had it done meanwhile, and then this go had no effect.
        if (attempt.is_again || attempt.leased_until <= caller.app.clock.now())
            && let Some(event) = done(caller, attempt).await?
            && !is_of(&event, request)
        {
            answer = as_it_is(&self.reads, caller, attempt, &event).await?;
        }
        keep(caller, attempt, &mut answer).await;
        Ok(answer)
    }
}

fn below_root(request: &Request) -> &str {
    let path = request.uri().path();
    path.strip_prefix(ROOT).unwrap_or(path)
}

/// What is asked: by which method, of what, with which body.
fn digest(request: &Request, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    let target = request.uri().path_and_query();
    for part in [
        request.method().as_str(),
        target.map_or("", |target| target.as_str()),
    ] {
        digest.update(part);
        digest.update([0]);
    }
    digest.chain_update(body).finalize().into()
}

/// Keeps an answer that is the answer for good; after any other the request may be tried anew.
async fn keep(caller: &Caller, attempt: &Attempt, answer: &mut Response) {
    let (database, sealer) = (&caller.app.database, &caller.app.sealer);
    let done = if is_for_good(answer.status()) {
        match written(answer).await {
            Ok((about, text)) => match sealer.seal(&Attempt::context(&attempt.id), &text) {
                Ok(ciphertext) => {
                    let (id, started_at) = (&attempt.id, attempt.started_at);
                    let kept = rows::keep(database, id, started_at, about, &ciphertext);
                    kept.await.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error),
        }
    } else {
        let Attempt {
            id,
            started_at,
            leased_until,
            ..
        } = attempt;
        let released = rows::release(database, id, *started_at, *leased_until);
        released.await.map_err(|error| error.to_string())
    };
    if let Err(error) = done {
        // Whoever asks again waits for the lease to end, and is told what there is.
        tracing::warn!(error, "an answer could not be kept");
    }
}

fn mark(answer: &mut Response) {
    let headers = answer.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}

fn under_way() -> Response {
    let title = "A request with this Idempotency-Key is under way";
    later(StatusCode::CONFLICT, title, "1")
}

fn too_many() -> Response {
    let title = "Too many Idempotency-Keys were used within a day";
    later(StatusCode::TOO_MANY_REQUESTS, title, "3600")
}

fn later(status: StatusCode, title: &str, seconds: &'static str) -> Response {
    let mut answer = AdminError::refused(status, title).into_answer(Uuid::nil());
    let headers = answer.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    answer
}

/// Adds to an operation of the document that it may be sent again.
pub fn document(operation: &mut Value) {
    let parameter = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A name for this request: for a day, the same request under the same name has no \
            second effect, and is answered as the first time. Up to 255 printable \
            characters",
        "required": false,
        "schema": { "type": "string", "pattern": "^[!#-~]{1,255}$" },
    });
    match &mut operation["parameters"] {
        Value::Array(known) => known.push(parameter),
        none => *none = json!([parameter]),
    }
    for (status, description) in [
        (
            "409",
            "A request with the same Idempotency-Key is under way",
        ),
        ("422", "The Idempotency-Key was used for another request"),
        ("429", "Too many Idempotency-Keys were used within a day"),
    ] {
        let responses = &mut operation["responses"];
        if responses.get(status).is_none() {
            responses[status] = json!({
                "description": description,
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/ErrorResponse" },
                } },
            });
        }
    }
}

//! Wrong passwords: counted in memory, and told to the log as one event a user and minute, so that
//! whoever tries many cannot make it grow by each.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use muniment_domain::{UserCommand, UserId};
use muniment_store::Execution;

use super::{AccountError, execute};
use crate::{app::App, auth::Actor};

/// Users who may wait to be told of; attempts on further ones are in the program's log alone.
const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Burst {
    attempts: u32,
    /// When it began, in microseconds since 1970.
    since: i64,
    /// Where the last attempt came from.
    ip: Option<IpAddr>,
}

/// What has yet to be told.
#[derive(Default)]
pub struct FailedSignIns(Mutex<HashMap<UserId, Burst>>);

impl FailedSignIns {
    /// Somebody gave a wrong password for a user, at `now` in microseconds since 1970.
    pub fn count(&self, user: UserId, now: i64, ip: Option<IpAddr>) {
        let burst = Burst {
            attempts: 1,
            since: now,
            ip,
        };
        self.add(user, burst);
    }

    /// Tells the log. What could not be told waits on.
    pub async fn flush(&self, app: &App) {
        let taken = std::mem::take(&mut *self.waiting());
        for (user, burst) in taken {
            let actor = Actor::system(app.ids.event_id());
            let command = UserCommand::ReportFailedSignIns {
                attempts: burst.attempts,
                since: burst.since,
                ip: burst.ip,
            };
            let execution = Execution::new(actor.metadata());
            match execute(app, user, command, execution).await {
                // An erased user is of no interest any more.
                Ok(_) | Err(AccountError::UserNotFound) => {}
                Err(error) => {
                    tracing::warn!(%error, "failed sign-ins could not be recorded yet");
                    self.add(user, burst);
                }
            }
        }
    }

    fn add(&self, user: UserId, burst: Burst) {
        let mut waiting = self.waiting();
        if let Some(known) = waiting.get_mut(&user) {
            known.attempts = known.attempts.saturating_add(burst.attempts);
            known.ip = if burst.since < known.since {
                known.ip
            } else {
                burst.ip
            };
            known.since = known.since.min(burst.since);
        } else if waiting.len() < MOST {
            waiting.insert(user, burst);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<UserId, Burst>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for FailedSignIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FailedSignIns(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn attempts_on_one_user_are_one_burst_and_memory_is_bounded() {
        let failures = FailedSignIns::default();
        let last: IpAddr = "192.0.2.2".parse().unwrap();
        failures.count(user(1), 10, Some("192.0.2.1".parse().unwrap()));
        failures.count(user(1), 20, Some(last));
        let burst = Burst {
            attempts: 2,
            since: 10,
            ip: Some(last),
        };
        assert_eq!(failures.waiting()[&user(1)], burst);
        for n in 0..20_000 {
            failures.count(user(n), 30, None);
        }
        assert_eq!(failures.waiting().len(), MOST);
    }
}

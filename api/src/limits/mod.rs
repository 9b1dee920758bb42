//! How often somebody may try something: token buckets in memory, for this process (contract oauth2.md
//! 19.1).
//!
//! A check takes a token from each of its buckets in turn. The first that has none refuses; those
//! before it stay charged.

mod bucket;
mod clock;

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use muniment_domain::UserId;
use muniment_store::Clock;
use uuid::Uuid;

use self::{bucket::Bucket, clock::SteadyClock};
use crate::config::{RateLimit, RateLimiting};

/// User codes tried from one address: 10, then 10 a minute.
const USER_CODES_PER_IP: RateLimit = RateLimit {
    burst: NonZeroU32::new(10).unwrap(),
    per_second: 10.0 / 60.0,
};
/// User codes tried from anywhere: 600, then 5 a second. Of two thousand million codes, whoever asks
/// from many addresses sees few before they expire.
const USER_CODES: RateLimit = RateLimit {
    burst: NonZeroU32::new(600).unwrap(),
    per_second: 5.0,
};

/// Too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; try again in {} s", self.seconds())]
pub struct Limited {
    /// How long until the next attempt may succeed.
    pub wait: Duration,
}

impl Limited {
    /// In whole seconds, as `Retry-After` has it; at least 1.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let whole = self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0);
        whole.max(1)
    }
}

/// Who asks, as far as it is known; those of whom nothing is known are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Source(Option<IpAddr>);

impl From<Option<IpAddr>> for Source {
    /// A network of 64 bits is what one subscriber has of IPv6; its addresses are one source.
    fn from(ip: Option<IpAddr>) -> Self {
        if ip.is_none() {
            tracing::warn!("a client's address is not known; its rate limit is shared with others");
        }
        Self(ip.map(|ip| match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
            ip @ IpAddr::V4(_) => ip,
        }))
    }
}

/// All buckets of the program.
#[derive(Debug)]
pub struct Limits {
    login_per_ip: Bucket<Source>,
    login_per_account: Bucket<UserId>,
    registration: Bucket<Source>,
    recovery_per_ip: Bucket<Source>,
    recovery_per_address: Bucket<String>,
    email_per_ip: Bucket<Source>,
    email_per_address: Bucket<String>,
    emails_per_authentication: Bucket<Uuid>,
    attempts_per_authentication: Bucket<Uuid>,
    user_codes_per_ip: Bucket<Source>,
    user_codes: Bucket<()>,
}

impl Limits {
    #[must_use]
    pub fn new(config: &RateLimiting, clock: Arc<dyn Clock>) -> Self {
        let clock = &SteadyClock::new(clock);
        let email = &config.email_authentication;
        Self {
            login_per_ip: Bucket::new(config.login.per_ip, clock),
            login_per_account: Bucket::new(config.login.per_account, clock),
            registration: Bucket::new(config.registration, clock),
            recovery_per_ip: Bucket::new(config.account_recovery.per_ip, clock),
            recovery_per_address: Bucket::new(config.account_recovery.per_address, clock),
            email_per_ip: Bucket::new(email.per_ip, clock),
            email_per_address: Bucket::new(email.per_address, clock),
            emails_per_authentication: Bucket::new(email.emails_per_session, clock),
            attempts_per_authentication: Bucket::new(email.attempt_per_session, clock),
            user_codes_per_ip: Bucket::new(USER_CODES_PER_IP, clock),
            user_codes: Bucket::new(USER_CODES, clock),
        }
    }

    /// A password is to be checked, wherever it was entered. A name that nobody has costs its source as
    /// much as one that somebody has, so that the limit does not tell them apart.
    pub fn check_password(&self, ip: Option<IpAddr>, user: Option<UserId>) -> Result<(), Limited> {
        self.login_per_ip.take(ip.into())?;
        user.map_or(Ok(()), |user| self.login_per_account.take(user))
    }

    /// A valid registration with a password is to begin.
    pub fn check_registration(&self, ip: Option<IpAddr>) -> Result<(), Limited> {
        self.registration.take(ip.into())
    }

    /// Recovery mails are to be sent to an address.
    pub fn check_account_recovery(&self, ip: Option<IpAddr>, address: &str) -> Result<(), Limited> {
        self.recovery_per_ip.take(ip.into())?;
        self.recovery_per_address.take(address.to_lowercase())
    }

    /// A code is to be sent to an address.
    pub fn check_email_authentication(
        &self,
        ip: Option<IpAddr>,
        address: &str,
    ) -> Result<(), Limited> {
        self.email_per_ip.take(ip.into())?;
        self.email_per_address.take(address.to_lowercase())
    }

    /// One more code is to be sent for the same authentication; after
    /// [`Limits::check_email_authentication`].
    pub fn check_email_resend(&self, authentication: Uuid) -> Result<(), Limited> {
        self.emails_per_authentication.take(authentication)
    }

    /// A code that came by mail is to be compared.
    pub fn check_email_code_attempt(&self, authentication: Uuid) -> Result<(), Limited> {
        self.attempts_per_authentication.take(authentication)
    }

    /// A device's user code is to be looked up.
    pub fn check_user_code(&self, ip: Option<IpAddr>) -> Result<(), Limited> {
        self.user_codes_per_ip.take(ip.into())?;
        self.user_codes.take(())
    }

    /// Forgets those who have not tried anything for long; to be called every minute or so.
    pub fn sweep(&self) {
        for bucket in [
            &self.login_per_ip,
            &self.registration,
            &self.recovery_per_ip,
            &self.email_per_ip,
            &self.user_codes_per_ip,
        ] {
            bucket.sweep();
        }
        self.login_per_account.sweep();
        self.recovery_per_address.sweep();
        self.email_per_address.sweep();
        self.emails_per_authentication.sweep();
        self.attempts_per_authentication.sweep();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Debug)]
    pub struct TestClock(AtomicI64);

    impl Default for TestClock {
        fn default() -> Self {
            Self(AtomicI64::new(1_642_344_000_000_000))
        }
    }

    impl TestClock {
        pub fn advance(&self, seconds: i64) {
            self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
        }
    }

    impl Clock for TestClock {
        fn now(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn limits() -> (Limits, Arc<TestClock>) {
        let clock = Arc::new(TestClock::default());
        (Limits::new(&RateLimiting::default(), clock.clone()), clock)
    }

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    /// How often something goes well before it is refused.
    fn times(mut attempt: impl FnMut() -> Result<(), Limited>) -> usize {
        (0..10_000).take_while(|_| attempt().is_ok()).count()
    }

    #[expect(clippy::unnecessary_wraps, reason = "every caller wants it wrapped")]
    fn user(n: u128) -> Option<UserId> {
        Some(UserId::from_uuid(Uuid::from_u128(n)))
    }

    #[test]
    fn the_fourth_password_within_a_minute_is_one_too_many() {
        let (limits, clock) = limits();
        assert_eq!(times(|| limits.check_password(ip("192.0.2.1"), user(1))), 3);
        assert_eq!(times(|| limits.check_password(ip("192.0.2.2"), None)), 3);
        let limited = limits.check_password(ip("192.0.2.1"), user(2)).unwrap_err();
        assert_eq!(limited.seconds(), 20);
        clock.advance(20);
        assert_eq!(times(|| limits.check_password(ip("192.0.2.1"), user(1))), 1);
    }

    #[test]
    fn those_of_unknown_address_are_one() {
        let (limits, _) = limits();
        assert_eq!(times(|| limits.check_password(None, user(1))), 3);
        limits.check_password(None, user(2)).unwrap_err();
    }

    #[test]
    fn an_account_is_limited_from_many_addresses_too() {
        let (limits, _) = limits();
        let mut n = 0;
        let from_anywhere = || {
            n += 1;
            limits.check_password(Some(IpAddr::V4(n.into())), user(1))
        };
        assert_eq!(times(from_anywhere), 1800);
        limits.check_password(ip("203.0.113.1"), user(2)).unwrap();
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_source_and_so_is_a_mapped_address() {
        let (limits, _) = limits();
        assert_eq!(times(|| limits.check_registration(ip("2001:db8::1"))), 3);
        limits
            .check_registration(ip("2001:db8::ffff:2"))
            .unwrap_err();
        limits.check_registration(ip("2001:db8:0:1::1")).unwrap();
        assert_eq!(
            times(|| limits.check_registration(ip("::ffff:192.0.2.1"))),
            3
        );
        limits.check_registration(ip("192.0.2.1")).unwrap_err();
    }

    #[test]
    fn an_address_is_limited_in_any_case() {
        let (limits, _) = limits();
        let mut n = 0;
        let mut next = || {
            n += 1;
            Some(IpAddr::V4(n.into()))
        };
        assert_eq!(
            times(|| limits.check_email_authentication(next(), "A@example.com")),
            3
        );
        limits
            .check_email_authentication(next(), "a@EXAMPLE.com")
            .unwrap_err();
        assert_eq!(
            times(|| limits.check_account_recovery(next(), "a@example.com")),
            3
        );
    }

    #[test]
    fn a_refusal_leaves_the_buckets_before_it_charged() {
        let (limits, _) = limits();
        let one = ip("192.0.2.1");
        assert_eq!(
            times(|| limits.check_email_authentication(one, "a@example.com")),
            3
        );
        // The fourth was charged to the source, so that one of its five is left.
        assert_eq!(
            times(|| limits.check_email_authentication(one, "b@example.com")),
            1
        );
    }

    #[test]
    fn codes_have_limits_of_their_own() {
        let (limits, _) = limits();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(times(|| limits.check_email_resend(one)), 2);
        assert_eq!(times(|| limits.check_email_code_attempt(one)), 10);
        limits.check_email_code_attempt(two).unwrap();
        assert_eq!(times(|| limits.check_user_code(ip("192.0.2.1"))), 10);
        let mut n = 0;
        let from_anywhere = || {
            n += 1;
            limits.check_user_code(Some(IpAddr::V4(n.into())))
        };
        assert_eq!(times(from_anywhere), 590);
    }

    #[test]
    fn sweeping_forgets_nobody_too_early() {
        let (limits, clock) = limits();
        assert_eq!(times(|| limits.check_password(ip("192.0.2.1"), None)), 3);
        clock.advance(5);
        limits.sweep();
        limits.check_password(ip("192.0.2.1"), None).unwrap_err();
    }
}

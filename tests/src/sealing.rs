//! Sealing a log as a server does, with a key that tests know.

use muniment_store::{
    Entropy, KeyRing,
    tree::{self, SealError, Signer, Step},
};

use crate::TestLog;

const ORIGIN: &str = "tests.example/log";
const SEED: [u8; 32] = [7; 32];

/// Makes [`audit_signer`].
#[derive(Debug)]
struct Seed;

impl Entropy for Seed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&SEED[..bytes.len()]);
    }
}

/// What seals the log of tests.
#[must_use]
pub fn audit_signer() -> Signer {
    Signer::from_seed(ORIGIN, &SEED).expect("a key")
}

/// Stores its key, as the first start of a server does.
pub async fn add_audit_key(log: &TestLog, ring: &KeyRing) {
    let ambient = (
        &*log.clock as &dyn muniment_store::Clock,
        &Seed as &dyn Entropy,
    );
    let signer = tree::signer(&log.database, &ring.sealer(), (None, ORIGIN), ambient).await;
    let signer = signer.expect("the key can be stored");
    assert_eq!(signer.key(), audit_signer().key());
}

/// Goes on until everything is sealed; how many events that is.
pub async fn seal_with(log: &TestLog, signer: &Signer) -> Result<u64, SealError> {
    loop {
        match tree::advance(&log.database, signer, &log.ids, &*log.clock).await? {
            Step::Filled { .. } => {}
            Step::Sealed { size } => return Ok(size),
            Step::Done { sealed } => return Ok(sealed),
        }
    }
}

/// The same, with the key of tests.
pub async fn seal(log: &TestLog) -> u64 {
    let sealed = seal_with(log, &audit_signer()).await;
    sealed.expect("the log can be sealed")
}

//! What every command that touches data starts from.

use std::{path::PathBuf, sync::Arc};

use chrono::DateTime;
use muniment_domain::{ClaimKind, UserId};
use muniment_store::{Clock, Entropy};
use zeroize::Zeroizing;

use super::CliError;
use crate::{
    ambient::{SystemClock, SystemEntropy},
    app::App,
    auth::Actor,
    config::{Config, Environment, Loaded, bootstrap},
    settings::{self, EntropyRng},
};

/// The clock and randomness of this process.
pub struct Ambient {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Ambient {
    pub fn new() -> Result<Self, CliError> {
        let entropy = SystemEntropy::new().map_err(|error| {
            CliError::Failed(format!("the system gives no random numbers: {error}"))
        })?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(entropy),
        })
    }
}

/// Reads the configuration, or makes one in the data folder when there is none yet. Warnings go to
/// standard error.
pub fn load(files: &[PathBuf], ambient: &Ambient) -> Result<Config, CliError> {
    let environment = Environment::of_process();
    if environment.files(files).is_empty() {
        let now = DateTime::from_timestamp_micros(ambient.clock.now()).unwrap_or_default();
        bootstrap(
            &environment.data_dir,
            now,
            &mut EntropyRng(&*ambient.entropy),
        )?;
    }
    let Loaded {
        config, warnings, ..
    } = Config::load_in(files, &environment)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    Ok(config)
}

/// Opens everything for a command that runs once.
pub async fn open(files: &[PathBuf]) -> Result<Arc<App>, CliError> {
    let ambient = Ambient::new()?;
    let config = load(files, &ambient)?;
    let parts = settings::parts(&config, ambient.clock, ambient.entropy)?;
    Ok(App::start(parts).await?)
}

/// Who is at the command line, as far as the system says.
pub fn operator(app: &App) -> Actor {
    let name = ["SUDO_USER", "LOGNAME", "USER"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .or_else(user_number)
        .unwrap_or_else(|| "unknown".to_owned());
    Actor::operator(&name, app.ids.event_id())
}

fn user_number() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let process = std::fs::metadata("/proc/self").ok()?;
    Some(format!("uid-{}", process.uid()))
}

/// The account that a username or ULID names, found without a read model.
pub async fn find_user(app: &App, name: &str) -> Result<UserId, CliError> {
    let owner = muniment_store::owner_of(
        &app.database,
        &app.claim_hasher,
        ClaimKind::Username,
        &name.to_lowercase(),
    )
    .await?;
    match owner {
        Some(owner) => Ok(UserId::from_uuid(owner)),
        None => name.parse().map_err(|_| {
            CliError::NotFound(format!(
                "no user is called {name:?}; `muniment users list` shows those there are"
            ))
        }),
    }
}

/// A line of standard input, where no list of processes shows it.
pub fn read_password() -> Result<Zeroizing<String>, CliError> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| CliError::Failed(format!("cannot read the password: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    Ok(Zeroizing::new(password.to_owned()))
}

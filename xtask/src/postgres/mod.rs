//! PostgreSQL for tests and measurements: found or installed, started, and cleared away again.

mod account;
mod binaries;
mod cluster;
mod install;

pub use cluster::{Cluster, Durability};

use crate::{
    failure::{Failure, Result},
    interrupt,
};

/// A cluster for tests that starts when it is first needed.
#[derive(Debug, Default)]
pub struct OnDemand(Option<Cluster>);

impl OnDemand {
    pub fn get(&mut self) -> Result<&Cluster> {
        match &mut self.0 {
            Some(running) => Ok(running),
            none => Ok(none.insert(Cluster::start(Durability::ThrowAway)?)),
        }
    }
}

/// `cargo xtask postgres`
pub fn run(durable: bool) -> Result<()> {
    let mut cluster = Cluster::start(if durable {
        Durability::Durable
    } else {
        Durability::ThrowAway
    })?;
    println!("{}", cluster.uri("postgres"));
    eprintln!(
        "Unix socket in {}. Ctrl-C stops the cluster and deletes its data.",
        cluster.socket_dir().display()
    );
    match cluster.server().wait() {
        Ok(status) => Err(Failure::new(format!(
            "PostgreSQL ended by itself ({status})"
        ))),
        Err(_) if interrupt::raised() => Ok(()),
        Err(failure) => Err(failure),
    }
}

//! A PostgreSQL cluster of our own, gone with its data when dropped.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use nix::sys::{signal::Signal, statvfs::statvfs};
use tempfile::TempDir;

use crate::{
    failure::{Context, Failure, Result},
    interrupt,
    process::{Running, wait_until},
    workspace::free_ports,
};

use super::{account::Account, binaries::Binaries};

const SUPERUSER: &str = "postgres";
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Another program may take the port between our look and the server's start.
const ATTEMPTS: u32 = 3;

const THROW_AWAY: [&str; 3] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// Where files are kept in memory. A database more for every test is hundreds of files.
const MEMORY: &str = "/dev/shm";
/// Bytes that the tests' databases may take, and some more.
const ROOM: u64 = 4 << 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut would cost the data, which lies in memory where there is room. Quick, for tests.
    ThrowAway,
    /// Committed means on disk, as in production. For measurements.
    Durable,
}

#[derive(Debug)]
pub struct Cluster {
    // Fields are dropped in this order: the server leaves before its data does.
    server: Running,
    dir: TempDir,
    port: u16,
    binaries: Binaries,
}

impl Cluster {
    pub fn start(durability: Durability) -> Result<Self> {
        let binaries = Binaries::find_or_install()?;
        let account = Account::choose()?;
        let mut folder = tempfile::Builder::new();
        folder.prefix("muniment-pg-");
        let dir = match durability {
            Durability::ThrowAway if has_room(MEMORY) => folder.tempdir_in(MEMORY),
            Durability::ThrowAway | Durability::Durable => folder.tempdir(),
        };
        let dir = dir.context("cannot make a folder for PostgreSQL's data")?;
        account.give(dir.path())?;
        initialise(&binaries, &account, dir.path())?;

        let mut attempt = 1;
        loop {
            let [port] = free_ports()?;
            match serve(&binaries, &account, dir.path(), port, durability) {
                Ok(server) => {
                    return Ok(Self {
                        server,
                        dir,
                        port,
                        binaries,
                    });
                }
                Err(failure) => {
                    interrupt::check()?;
                    let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
                    if attempt == ATTEMPTS || !log.contains("Address already in use") {
                        eprint!("{log}");
                        return Err(failure);
                    }
                }
            }
            attempt += 1;
        }
    }

    /// The URI of a database, for the superuser.
    pub fn uri(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Where the server's Unix socket is.
    pub fn socket_dir(&self) -> &Path {
        self.dir.path()
    }

    pub const fn server(&mut self) -> &mut Running {
        &mut self.server
    }

    pub fn create_database(&self, name: &str) -> Result<()> {
        let mut createdb = Command::new(self.binaries.client("createdb"));
        createdb
            .args(["--host", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--username", SUPERUSER, "--no-password", name]);
        succeed(&mut createdb, "createdb")
    }
}

fn has_room(folder: &str) -> bool {
    statvfs(folder).is_ok_and(|found| {
        let (blocks, size) = (found.blocks_available(), found.fragment_size());
        blocks.saturating_mul(size) >= ROOM
    })
}

fn initialise(binaries: &Binaries, account: &Account, dir: &Path) -> Result<()> {
    // Not every C library has C.UTF-8, whose case rules are those of a real cluster.
    let with_locale = |locale: &str| {
        let data = dir.join("data");
        let mut initdb = account.command(&binaries.server("initdb"));
        initdb
            .current_dir(dir)
            .args(["--auth=trust", "--encoding=UTF8", "--no-sync"])
            .args(["--username", SUPERUSER, "--locale", locale, "--pgdata"])
            .arg(data);
        succeed(&mut initdb, "initdb")
    };
    with_locale("C.UTF-8").or_else(|_| {
        interrupt::check()?;
        with_locale("C")
    })
}

fn serve(
    binaries: &Binaries,
    account: &Account,
    dir: &Path,
    port: u16,
    durability: Durability,
) -> Result<Running> {
    let log = fs::File::create(dir.join("log")).context("cannot write PostgreSQL's log")?;
    let log_too = log.try_clone().context("cannot write PostgreSQL's log")?;
    let data = dir.join("data");
    let mut postgres = account.command(&binaries.server("postgres"));
    postgres
        .current_dir(dir)
        .arg("-D")
        .arg(&data)
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
        .arg(dir)
        .args(["-c", "max_connections=300"])
        .stdout(log)
        .stderr(log_too);
    if durability == Durability::ThrowAway {
        for setting in THROW_AWAY {
            postgres.args(["-c", setting]);
        }
    }
    // SIGINT is its fast shutdown; SIGTERM would wait for clients to leave.
    let mut server = Running::start(&mut postgres, "PostgreSQL")?.stopped_by(Signal::SIGINT);
    wait_until(&mut server, READY_WITHIN, || {
        fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| says_ready(&text))
    })?;
    Ok(server)
}

/// The last line of `postmaster.pid` is the server's state.
fn says_ready(pid_file: &str) -> bool {
    pid_file
        .lines()
        .nth(7)
        .is_some_and(|line| line.trim() == "ready")
}

fn succeed(command: &mut Command, name: &str) -> Result<()> {
    let output = command
        .output()
        .context(format_args!("cannot start {name}"))?;
    interrupt::check()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("{name} failed: {}", words(&output))))
}

fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_when_its_pid_file_says_so() {
        let starting = "77\n/tmp/data\n1700000000\n5432\n/tmp\n127.0.0.1\n 123 4\nstarting\n";
        assert!(!says_ready(starting));
        assert!(says_ready(&starting.replace("starting", "ready   ")));
        assert!(!says_ready("77\n/tmp/data\n"));
    }
}

//! Child processes that never outlive this one, as far as a program can promise that.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::{
    failure::{Context, Failure, Result},
    interrupt,
};

const POLL: Duration = Duration::from_millis(50);

/// How long a stopped process may tidy up before it is killed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running child. It leads a process group of its own, so that a signal reaches its children too,
/// and a Ctrl-C at the terminal reaches it only through us, in the order in which we take things
/// down. Dropped, it is stopped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
    stop_signal: Signal,
    status: Option<ExitStatus>,
}

impl Running {
    pub fn start(command: &mut Command, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        interrupt::check()?;
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .context(format_args!("cannot start {name}"))?;
        Ok(Self {
            child,
            name,
            stop_signal: Signal::SIGTERM,
            status: None,
        })
    }

    pub const fn stopped_by(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    pub const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The exit status, once there is one.
    pub fn exited(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self
                .child
                .try_wait()
                .context(format_args!("cannot wait for {}", self.name))?;
        }
        Ok(self.status)
    }

    /// Waits for the end. Interrupted, it stops the child and fails.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.exited()? {
                interrupt::check()?;
                return Ok(status);
            }
            if interrupt::raised() {
                self.stop()?;
                return Err(Failure::interrupted());
            }
            thread::sleep(POLL);
        }
    }

    /// Asks the child to end, and kills it when it has not after [`PATIENCE`].
    pub fn stop(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.exited()? {
            return Ok(status);
        }
        self.signal(self.stop_signal);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
        eprintln!("{} does not stop and is killed", self.name);
        self.signal(Signal::SIGKILL);
        let status = self
            .child
            .wait()
            .context(format_args!("cannot wait for {}", self.name))?;
        self.status = Some(status);
        Ok(status)
    }

    /// To be sent only while the child has not been waited for: its id may be another's afterwards.
    fn signal(&self, signal: Signal) {
        let Ok(id) = i32::try_from(self.child.id()) else {
            return;
        };
        if let Err(error) = killpg(Pid::from_raw(id), signal) {
            eprintln!("cannot send {signal} to {}: {error}", self.name);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(failure) = self.stop() {
            failure.report();
        }
    }
}

/// Calls `ready` until it is true. Fails when the child ends first, when time is up, or when
/// interrupted; the caller adds what the child has logged.
pub fn wait_until(
    running: &mut Running,
    limit: Duration,
    mut ready: impl FnMut() -> bool,
) -> Result<()> {
    let since = Instant::now();
    loop {
        interrupt::check()?;
        if ready() {
            return Ok(());
        }
        if let Some(status) = running.exited()? {
            return Err(Failure::new(format!(
                "{} ended while starting ({status})",
                running.name
            )));
        }
        if since.elapsed() > limit {
            return Err(Failure::new(format!(
                "{} is not ready after {} s",
                running.name,
                limit.as_secs()
            )));
        }
        thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_child_takes_its_own_children_along() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "sleep 600 & echo $! > \"$0\"; wait"])
            .arg(&file);
        let mut running = Running::start(&mut shell, "sh").unwrap();
        wait_until(&mut running, PATIENCE, || {
            std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))
        })
        .unwrap();
        let grandchild = std::fs::read_to_string(&file).unwrap();
        let grandchild = Pid::from_raw(grandchild.trim().parse().unwrap());
        assert!(nix::sys::signal::kill(grandchild, None).is_ok());

        drop(running);

        // An orphan may stay a zombie until init looks at it.
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{grandchild}/stat"));
            nix::sys::signal::kill(grandchild, None).is_err()
                || stat.is_ok_and(|stat| stat.contains(") Z "))
        };
        let since = Instant::now();
        while !gone() {
            assert!(since.elapsed() < PATIENCE, "{grandchild} still runs");
            thread::sleep(POLL);
        }
    }

    #[test]
    fn an_early_end_is_told_from_readiness() {
        let mut running = Running::start(&mut Command::new("false"), "false").unwrap();
        let failure = wait_until(&mut running, PATIENCE, || false).unwrap_err();
        assert!(format!("{failure:?}").contains("ended while starting"));
    }
}

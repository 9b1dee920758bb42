//! A running `muniment serve`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    failure::{Context, Failure, Result},
    interrupt,
    process::{Running, wait_until},
};

use super::health::is_healthy;

const READY_WITHIN: Duration = Duration::from_secs(60);
const TAIL: usize = 60;

#[derive(Debug)]
pub struct Server {
    process: Running,
    log: PathBuf,
}

impl Server {
    /// Starts the server in `dir` and returns when it answers.
    pub fn start(program: &Path, config: &Path, dir: &Path, port: u16) -> Result<Self> {
        let log = dir.join("server.log");
        let file = File::create(&log).context("cannot write the server's log")?;
        let file_too = file.try_clone().context("cannot write the server's log")?;
        let mut command = Command::new(program);
        command
            .current_dir(dir)
            .arg("serve")
            .arg("--config")
            .arg(config)
            .env("MUNIMENT_DATA_DIR", dir.join("muniment-data"))
            .stdout(file)
            .stderr(file_too);
        let process = Running::start(&mut command, "the server")?;
        let mut server = Self { process, log };
        if let Err(failure) = wait_until(&mut server.process, READY_WITHIN, || is_healthy(port)) {
            server.print_log_tail();
            return Err(failure);
        }
        Ok(server)
    }

    /// A server that was asked to stop ends by itself and says that all went well.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(status) = self.process.exited()? {
            return Err(Failure::new(format!(
                "the server ended under the requests ({status})"
            )));
        }
        let status = self.process.stop()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!(
                "the server did not stop in good order on SIGTERM ({status})"
            )))
        }
    }

    pub fn print_log_tail(&self) {
        if interrupt::raised() {
            return;
        }
        eprintln!("\nThe server's log:");
        match fs::read_to_string(&self.log) {
            Ok(text) => eprint!("{}", tail(&text, TAIL)),
            Err(error) => eprintln!("(cannot be read: {error})"),
        }
    }
}

fn tail(text: &str, lines: usize) -> &str {
    let start = text
        .trim_end_matches('\n')
        .rmatch_indices('\n')
        .nth(lines.saturating_sub(1))
        .map_or(0, |(at, _)| at + 1);
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(tail("a\nb\nc", 1), "c");
        assert_eq!(tail("a\nb\n", 5), "a\nb\n");
        assert_eq!(tail("", 5), "");
    }
}

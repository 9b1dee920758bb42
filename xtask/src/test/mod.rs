//! `cargo xtask test`: every check there is, in order, stopping at the first that fails.

mod deny;
mod step;
mod summary;

pub use step::Step;

use std::{process::Command, time::Instant};

use clap::ValueEnum;

use crate::{
    cli::Backend,
    conformance::{self, Scenarios, Suite},
    failure::{Context, Failure, Result},
    postgres::{Cluster, Durability, OnDemand},
    process::Running,
    ui::{self, Built},
    workspace::{self, cargo, find_on_path},
};

use summary::{Outcome, Summary};

pub fn run(only: &[Step], filters: &[String]) -> Result<()> {
    let steps = chosen(only, filters)?;
    let tests_follow = steps.contains(&Step::Tests);
    let mut summary = Summary::default();
    let mut postgres = OnDemand::default();
    for step in steps {
        if step == Step::Tests {
            // Before the tests, because nothing may follow the test runner's own summary.
            summary.print();
        }
        eprintln!("\n==> {}", step.name());
        let since = Instant::now();
        let result = perform(step, &mut postgres, filters);
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(_) => Outcome::Failed,
        };
        if step == Step::Tests {
            result?;
        } else {
            summary.add(step, outcome, since.elapsed());
            if let Err(failure) = result {
                summary.print();
                return Err(failure);
            }
        }
    }
    if !tests_follow {
        summary.print();
    }
    Ok(())
}

fn chosen(only: &[Step], filters: &[String]) -> Result<Vec<Step>> {
    if filters.is_empty() {
        let all = Step::value_variants().iter().copied();
        return Ok(all
            .filter(|step| only.is_empty() || only.contains(step))
            .collect());
    }
    if only.is_empty() || only == [Step::Tests] {
        return Ok(vec![Step::Tests]);
    }
    Err(Failure::new(format!(
        "a test's name ({}) goes with the step `tests` alone",
        filters.join(" ")
    ))
    .with_code(2))
}

fn perform(step: Step, postgres: &mut OnDemand, filters: &[String]) -> Result<Outcome> {
    match step {
        Step::Ui => Ok(match ui::build()? {
            Built::NoNpm => Outcome::Absent,
            Built::Now | Built::Before => Outcome::Passed,
        }),
        Step::Fmt => cargo_step(cargo(["fmt", "--all", "--check"]), step),
        Step::Clippy => {
            let mut clippy = cargo(["clippy", "--workspace", "--all-targets", "--all-features"]);
            clippy.args(["--", "-D", "warnings"]);
            cargo_step(clippy, step)
        }
        Step::Deny => cargo_step(deny::command()?, step),
        Step::Doc => cargo_step(
            cargo(["test", "--doc", "--workspace", "--all-features"]),
            step,
        ),
        Step::Conformance => {
            let Some(suite) = Suite::find()? else {
                eprintln!("{}", Suite::ABSENT);
                return Ok(Outcome::Absent);
            };
            conformance::compare(&suite, &Backend::ALL, &Scenarios::Passing, postgres)?;
            Ok(Outcome::Passed)
        }
        Step::Tests => tests(postgres.get()?, filters, &[]),
    }
}

fn cargo_step(mut command: Command, step: Step) -> Result<Outcome> {
    command.current_dir(workspace::root());
    if Running::start(&mut command, step.name())?.wait()?.success() {
        Ok(Outcome::Passed)
    } else {
        Err(Failure::new(format!("{} failed; see above", step.name())))
    }
}

/// `cargo xtask soak`: the tests of faults, with more rounds than `cargo xtask test` has time for.
pub fn soak(rounds: u32) -> Result<()> {
    let cluster = Cluster::start(Durability::ThrowAway)?;
    let rounds = [("MUNIMENT_SOAK_ROUNDS", rounds.to_string())];
    tests(&cluster, &["a_killed_server".to_owned()], &rounds).map(|_| ())
}

/// The test runner has the last word, also on failure.
fn tests(cluster: &Cluster, filters: &[String], environment: &[(&str, String)]) -> Result<Outcome> {
    // Some tests run on their own, and go through the account pages all the same.
    ui::build()?;
    // The black-box tests start the server's binary, which the runner alone would not build.
    let build = cargo(["build", "--workspace", "--bins", "--all-features"]);
    cargo_step(build, Step::Tests)?;
    // One of the tests runs `cargo xtask run`, which puts a build with fewer features in its place.
    let target = workspace::target_dir()?;
    let program = target.join("debug/muniment-under-test");
    std::fs::copy(target.join("debug/muniment"), &program).context("cannot keep the server")?;

    let mut runner = if find_on_path("cargo-nextest").is_some() {
        let mut nextest = cargo(["nextest", "run", "--workspace", "--all-features"]);
        nextest.arg("--no-fail-fast").args(filters);
        nextest
    } else {
        let mut test = cargo(["test", "--workspace", "--all-features", "--no-fail-fast"]);
        // Not the doc tests: they are a step of their own.
        test.args(["--lib", "--bins", "--tests", "--"])
            .args(filters);
        test
    };
    runner
        .current_dir(workspace::root())
        .env("MUNIMENT_TEST_POSTGRES", cluster.uri("postgres"))
        .env("MUNIMENT_BIN", program)
        .envs(environment.iter().cloned());
    let status = Running::start(&mut runner, "the test runner")?.wait()?;
    if status.success() {
        Ok(Outcome::Passed)
    } else {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Err(Failure::already_told(code.unwrap_or(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_runs_when_nothing_is_chosen_and_the_tests_come_last() {
        let steps = chosen(&[], &[]).unwrap();
        assert_eq!(steps, Step::value_variants());
        assert_eq!(steps.last(), Some(&Step::Tests));
    }

    #[test]
    fn chosen_steps_keep_their_order() {
        let steps = chosen(&[Step::Deny, Step::Fmt], &[]).unwrap();
        assert_eq!(steps, [Step::Fmt, Step::Deny]);
    }

    #[test]
    fn a_filter_runs_the_tests_alone() {
        let filters = ["locking".to_owned()];
        assert_eq!(chosen(&[], &filters).unwrap(), [Step::Tests]);
        assert!(chosen(&[Step::Fmt], &filters).is_err());
    }
}

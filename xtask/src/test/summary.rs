//! How long each step took and how it ended.

use std::{fmt, time::Duration};

use super::step::Step;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// There was nothing to run it with, which is allowed for this step.
    Absent,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Absent => "not run",
        }
    }
}

#[derive(Debug, Default)]
pub struct Summary(Vec<(Step, Outcome, Duration)>);

impl Summary {
    pub fn add(&mut self, step: Step, outcome: Outcome, took: Duration) {
        self.0.push((step, outcome, took));
    }

    /// Printed unless there is nothing to say.
    pub fn print(&self) {
        if !self.0.is_empty() {
            eprint!("\n{self}");
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>8}", "step", "seconds")?;
        for (step, outcome, took) in &self.0 {
            let (name, seconds) = (step.name(), took.as_secs_f64());
            writeln!(f, "{name:<12} {seconds:>8.1}  {}", outcome.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_a_line_for_each_step() {
        let mut summary = Summary::default();
        summary.add(Step::Fmt, Outcome::Passed, Duration::from_millis(1240));
        summary.add(Step::Conformance, Outcome::Absent, Duration::ZERO);
        assert_eq!(
            summary.to_string(),
            "step          seconds\n\
             fmt               1.2  passed\n\
             conformance       0.0  not run\n"
        );
    }
}

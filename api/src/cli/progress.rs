//! How far a command has come, for whoever watches it.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts events on standard error, where that is a terminal.
pub fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{msg:16} {wide_bar} {pos}/{len} events, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

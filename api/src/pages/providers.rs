//! Other services that people may sign in with.

use super::views::ProviderButton;
use crate::app::App;

/// Those that are switched on, in the configuration's order. None can be configured yet.
pub fn enabled(_app: &App) -> Vec<ProviderButton> {
    Vec::new()
}

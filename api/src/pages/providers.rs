//! Other services that people may sign in with.

use super::views::ProviderButton;
use crate::app::App;

/// Those that are switched on, in the configuration's order.
pub fn enabled(app: &App) -> Vec<ProviderButton> {
    let providers = app.upstream.all().iter();
    providers
        .filter(|provider| provider.settings.enabled)
        .map(|provider| ProviderButton {
            id: provider.settings.id,
            name: provider.name(),
        })
        .collect()
}

//! Which devices a user has, as the homeserver should see it (contract oauth2.md 21.4): one for each
//! active session that has one. Kinds of sessions that are added add their devices here.

use std::collections::BTreeSet;

use muniment_domain::{Scope, UserId};
use muniment_projections::{Reads, queries};
use muniment_store::sql::DatabaseError;

/// Each once, sorted. An error while a read model is stopped that has sessions: the homeserver would
/// delete devices that it does not know of.
pub async fn devices_of(reads: &Reads, user: UserId) -> Result<Vec<String>, DatabaseError> {
    let mut scopes = queries::active_oauth2_scopes(reads, user).await?;
    scopes.extend(queries::active_personal_scopes(reads, user).await?);
    let compat = queries::active_compat_devices(reads, user).await?;
    let devices: BTreeSet<&str> = scopes
        .iter()
        .flat_map(devices_in)
        .chain(compat.iter().map(String::as_str))
        .collect();
    Ok(devices.into_iter().map(str::to_owned).collect())
}

/// The devices that a scope names.
pub fn devices_in(scope: &Scope) -> impl Iterator<Item = &str> {
    scope
        .iter()
        .filter_map(|token| {
            Scope::DEVICE
                .iter()
                .find_map(|prefix| token.strip_prefix(prefix))
        })
        .filter(|device| !device.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_form_of_the_scope_names_a_device() {
        let scope: Scope = "openid urn:matrix:client:device:ABC \
            urn:matrix:org.matrix.msc2967.client:device:DEF urn:matrix:client:api:*"
            .parse()
            .unwrap();
        let devices: Vec<_> = devices_in(&scope).collect();
        assert_eq!(devices, ["ABC", "DEF"]);
        assert_eq!(devices_in(&"openid".parse().unwrap()).count(), 0);
    }
}

//! Times on the wire: RFC 3339 in UTC, with as many digits of a fraction as it needs (0, 3 or 6).
//! GraphQL has its own scalar for them.

use chrono::{DateTime, SecondsFormat, Utc};

/// With `Z`, as the Admin API writes it (contract admin-api.md 3.1). Takes microseconds since 1970.
pub fn rfc3339_z(micros: i64) -> String {
    utc(micros).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_is_as_long_as_it_needs_to_be() {
        assert_eq!(rfc3339_z(1_642_344_000_000_000), "2022-01-16T14:40:00Z");
        assert_eq!(rfc3339_z(1_642_344_000_120_000), "2022-01-16T14:40:00.120Z");
        assert_eq!(
            rfc3339_z(1_642_344_000_000_001),
            "2022-01-16T14:40:00.000001Z"
        );
    }
}

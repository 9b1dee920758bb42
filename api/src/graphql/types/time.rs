use chrono::{DateTime, Utc};

/// Microseconds since 1970 as the `DateTime` scalar. What lies beyond its calendar, some 260,000
/// years away, is shown as its last moment.
pub fn date_time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

//! Moments of the log: a position, or a time.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use muniment_store::{
    index::{newest_at, recorded_at},
    log::{LogError, Position, read_head},
    sql::Database,
};

use crate::http::rfc3339_z;

/// A moment as somebody names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Position(Position),
    /// Microseconds since 1970.
    Time(i64),
}

/// When the event at this position was the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    pub position: Position,
    /// The time that was asked for, else when that event was recorded, in microseconds since 1970;
    /// `None` before the first.
    pub time: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    #[error(
        "not a moment: give a position, such as 1234, a date, such as 2026-03-01, or a time, such as \
         2026-03-01T12:00:00Z"
    )]
    Unreadable,
    #[error("there is no position {position}, the log ends at {head}")]
    Beyond { position: Position, head: Position },
    #[error(transparent)]
    Log(#[from] LogError),
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let position = text.parse().map_err(|_| MomentError::Unreadable)?;
            return Ok(Self::Position(position));
        }
        read_time(text)
            .map(Self::Time)
            .ok_or(MomentError::Unreadable)
    }
}

/// A date, which is its beginning in UTC, or a time with its offset, in microseconds since 1970.
pub fn read_time(text: &str) -> Option<i64> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
    }
    let time = text.parse::<DateTime<FixedOffset>>().ok()?;
    Some(time.timestamp_micros())
}

impl Moment {
    /// The moment as the log has it: of a time, the newest event until then.
    pub async fn find(self, database: &Database) -> Result<AsOf, MomentError> {
        Ok(match self {
            Self::Time(time) => AsOf {
                position: newest_at(database, time).await?,
                time: Some(time),
            },
            Self::Position(position) => {
                let head = read_head(database).await?;
                if position > head {
                    return Err(MomentError::Beyond { position, head });
                }
                let time = recorded_at(database, position).await?;
                AsOf { position, time }
            }
        })
    }
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.time {
            Some(at) => write!(f, "position {} ({})", self.position, rfc3339_z(at)),
            None => write!(f, "position {}", self.position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_times_and_dates_are_told_apart() {
        let read = |text: &str| text.parse::<Moment>().ok();
        assert_eq!(read("0"), Some(Moment::Position(0)));
        assert_eq!(read("1234"), Some(Moment::Position(1234)));
        let noon = Some(Moment::Time(1_772_366_400_000_000));
        assert_eq!(read("2026-03-01T12:00:00Z"), noon);
        assert_eq!(read("2026-03-01T13:00:00+01:00"), noon);
        assert_eq!(
            read("2026-03-01"),
            Some(Moment::Time(1_772_323_200_000_000))
        );
    }

    #[test]
    fn anything_else_is_no_moment() {
        for text in [
            "",
            "now",
            "-1",
            "1.5",
            "2026-13-01",
            "2026-03-01T12:00:00",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}

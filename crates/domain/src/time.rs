//! Instants, business dates and the clock.
//!
//! Invariant: an instant has microsecond precision, because both databases keep just that; a
//! business date is a date in Asia/Jakarta (WIB, UTC+07:00, no daylight saving since 1964).

use std::{fmt, sync::Arc};

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::refusal::RuleBroken;

/// A calendar date without a time.
pub type Date = chrono::NaiveDate;

/// An instant, UTC, with microsecond precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant, cut (never rounded) to microseconds.
    pub fn from_utc(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }

    /// From seconds and nanoseconds, as protobuf has them.
    ///
    /// # Errors
    /// `timestamp.range` outside years 0001 to 9999 or when the nanoseconds are not 0 to 999,999,999.
    pub fn from_parts(seconds: i64, nanos: i32) -> Result<Self, RuleBroken> {
        const MIN: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z
        const MAX: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
        if !(MIN..=MAX).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
            return Err(RuleBroken::expected(
                "timestamp.range",
                "an instant from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z",
                format!("seconds {seconds}, nanos {nanos}"),
            ));
        }
        Ok(Self(seconds * 1_000_000 + i64::from(nanos) / 1_000))
    }

    /// Reads RFC 3339 text with a zone: `2025-11-26T09:00:00+07:00`.
    ///
    /// # Errors
    /// `timestamp.form`.
    pub fn parse(text: &str) -> Result<Self, RuleBroken> {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| Self::from_utc(instant.with_timezone(&Utc)))
            .map_err(|_| {
                let expected = "an instant such as 2025-11-26T09:00:00+07:00";
                RuleBroken::expected("timestamp.form", expected, format!("{text:?}"))
            })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds (rounded down) and the nanoseconds that follow.
    pub fn parts(self) -> (i64, i32) {
        let nanos = i32::try_from(self.0.rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
        (self.0.div_euclid(1_000_000), nanos)
    }

    /// The business date: the calendar date in Asia/Jakarta.
    pub fn jakarta_date(self) -> Date {
        self.utc().with_timezone(&jakarta()).date_naive()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// The first instant of a business date: 00:00 in Asia/Jakarta.
pub fn start_of_jakarta_day(date: Date) -> Timestamp {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    let instant = jakarta().from_local_datetime(&midnight).single().unwrap_or_default();
    Timestamp::from_utc(instant.with_timezone(&Utc))
}

fn jakarta() -> FixedOffset {
    const SECONDS_EAST: i32 = 7 * 3_600;
    FixedOffset::east_opt(SECONDS_EAST).unwrap_or_else(|| unreachable!("7 hours is below 24"))
}

/// Business dates from a first day up to, but not including, an end; each may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    start: Option<Date>,
    end: Option<Date>,
}

impl Period {
    /// A period of at least one day.
    ///
    /// # Errors
    /// `date.order` when it ends on the day it starts, or before.
    pub fn new(start: Option<Date>, end: Option<Date>) -> Result<Self, RuleBroken> {
        match (start, end) {
            (Some(start), Some(end)) if end <= start => {
                let expected = format!("a day after {start}: the period ends before it");
                Err(RuleBroken::expected("date.order", expected, end))
            }
            _ => Ok(Self { start, end }),
        }
    }

    /// The first day; none where it is open.
    pub fn start(&self) -> Option<Date> {
        self.start
    }

    /// The day after the last; none where it is open.
    pub fn end(&self) -> Option<Date> {
        self.end
    }
}

/// Tells the time. Injected, so that tests decide what day it is.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Today's business date.
    fn today(&self) -> Date {
        self.now().jakarta_date()
    }
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_period_has_a_day_or_an_open_end() {
        let day = |day| Date::from_ymd_opt(2025, 11, day);
        let period = Period::new(day(26), day(27)).unwrap();
        assert_eq!((period.start(), period.end()), (day(26), day(27)));
        for end in [day(26), day(25)] {
            assert_eq!(Period::new(day(26), end).unwrap_err().rule(), "date.order");
        }
        assert!(Period::new(None, day(1)).is_ok() && Period::new(day(1), None).is_ok());
        assert_eq!(Period::new(None, None).unwrap(), Period::default());
    }
}

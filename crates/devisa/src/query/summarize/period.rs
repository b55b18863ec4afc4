//! Periods as people write them.

use devisa_domain::time::Date;
use devisa_proto::{convert::common::render_date, totals::v1::Period};

/// Reads a year (`2025`), a month (`2025-11`), a day (`2025-11-26`), or days from a first one up to
/// an end that is not of them (`2025-11-01..2025-12-01`), either of which may be left out.
pub(crate) fn period(text: &str) -> Result<Period, String> {
    let (start, end) = match text.split_once("..") {
        Some((start, end)) => (bound(start)?, bound(end)?),
        None => {
            let (first, next) = whole(text).ok_or_else(expected)?;
            (Some(first), Some(next))
        }
    };
    match (start, end) {
        (Some(start), Some(end)) if end <= start => {
            Err(format!("{text}: expected an end after {start}"))
        }
        _ => Ok(Period { start_date: start.map(render_date), end_date: end.map(render_date) }),
    }
}

fn expected() -> String {
    "expected 2025, 2025-11, 2025-11-26 or 2025-11-01..2025-12-01 (up to, not including)".to_owned()
}

fn bound(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    day(text).map(Some).ok_or_else(expected)
}

/// A year, month or day: its first day, and the day after its last.
fn whole(text: &str) -> Option<(Date, Date)> {
    let months = |months| chrono::Months::new(months);
    match text.len() {
        4 => {
            day(&format!("{text}-01-01")).and_then(|d| Some((d, d.checked_add_months(months(12))?)))
        }
        7 => day(&format!("{text}-01")).and_then(|d| Some((d, d.checked_add_months(months(1))?))),
        _ => day(text).and_then(|d| Some((d, d.succ_opt()?))),
    }
}

fn day(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain.then(|| Date::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<String, String> {
        let date = |date: Option<devisa_proto::google_type::Date>| {
            date.map_or_else(String::new, |d| format!("{}-{}-{}", d.year, d.month, d.day))
        };
        period(text).map(|period| format!("{}..{}", date(period.start_date), date(period.end_date)))
    }

    #[test]
    fn years_months_days_and_spans_are_read() {
        for (text, expected) in [
            ("2025", "2025-1-1..2026-1-1"),
            ("2025-12", "2025-12-1..2026-1-1"),
            ("2024-02-29", "2024-2-29..2024-3-1"),
            ("2025-11-01..2025-12-01", "2025-11-1..2025-12-1"),
            ("..2025-12-01", "..2025-12-1"),
            ("2025-11-01..", "2025-11-1.."),
        ] {
            assert_eq!(told(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_period_is_told() {
        for text in ["", "25", "2025-13", "2025-02-30", "2025-1-1", "november", "2025..2026"] {
            assert!(told(text).unwrap_err().starts_with("expected 2025"), "{text}");
        }
        assert!(told("2025-12-01..2025-11-01").unwrap_err().contains("after 2025-12-01"));
    }
}

//! Resident identity numbers (NIK), as far as taxpayer numbers need them.
//!
//! A NIK is personal data: no message repeats more of one than the part that is wrong.

use chrono::NaiveDate;

use super::is_digits;
use crate::village;

/// Says what keeps 16 digits from being a NIK: province, regency, district (2 digits each), date
/// of birth as DDMMYY (40 is added to a woman's day), serial number (4 digits).
///
/// The province must be a listed one. Regencies and districts are not looked up, because a NIK
/// keeps the code of its issue when regions are divided. The century of birth is not recorded, so
/// a date of either century will do. Source: PP 37/2007, article 37.
pub(super) fn fault(nik: &str) -> Option<&'static str> {
    if !is_digits(nik, 16) {
        return Some("length");
    }
    if village::region_name(&nik[..2]).is_none() {
        return Some("province");
    }
    if &nik[2..4] == "00" || &nik[4..6] == "00" {
        return Some("regency or district");
    }
    if !is_birth_date(&nik[6..12]) {
        return Some("date of birth");
    }
    (&nik[12..] == "0000").then_some("serial number")
}

fn is_birth_date(ddmmyy: &str) -> bool {
    let part = |from: usize| ddmmyy[from..from + 2].parse::<u32>().unwrap_or(0);
    let (day, month, year) = (part(0), part(2), part(4));
    let day = if day > 40 { day - 40 } else { day };
    [1900, 2000].into_iter().any(|century| {
        i32::try_from(century + year)
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
            .is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn province_date_and_serial_are_checked() {
        for (nik, expected) in [
            ("3578010101900001", None),
            ("3578014101900002", None),
            ("3578012902000001", None),
            ("3578013202900004", Some("date of birth")),
            ("3578010001900001", Some("date of birth")),
            ("3578014001900001", Some("date of birth")),
            ("3578017201900001", Some("date of birth")),
            ("3578010113900001", Some("date of birth")),
            ("3578012902010001", Some("date of birth")),
            ("9978010101900001", Some("province")),
            ("3500010101900001", Some("regency or district")),
            ("3578010101900000", Some("serial number")),
            ("357801010190000", Some("length")),
        ] {
            assert_eq!(fault(nik), expected, "{nik}");
        }
    }
}

//! How decimal numbers are written out.

use rust_decimal::Decimal;

/// The number in plain digits: no exponent, no trailing zeros, no grouping (`351550`, `6686.4`).
pub fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// The same with thousands grouped for people: `351,550`, `6,686.4`.
pub(super) fn grouped(number: Decimal) -> String {
    let text = plain(number);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut written = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    if let Some(fraction) = fraction {
        written.push('.');
        written.push_str(fraction);
    }
    written
}

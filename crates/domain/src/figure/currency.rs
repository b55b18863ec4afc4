//! Names and signs of currencies as the Indonesian press writes them.

use super::token::{Cursor, Kind};
use crate::money::Currency;

/// Names and signs. Upper case ISO 4217 codes are read beside them; in small letters only the
/// usual ones are, because many codes are also words (*gel*, *pen*).
const NAMES: &[(&[&str], &str)] = &[
    (&["rp"], "IDR"),
    (&["rupiah"], "IDR"),
    (&["idr"], "IDR"),
    (&["usd"], "USD"),
    (&["us", "$"], "USD"),
    (&["$"], "USD"),
    (&["$", "us"], "USD"),
    (&["us", "dolar"], "USD"),
    (&["us", "dollar"], "USD"),
    (&["dolar"], "USD"),
    (&["dolar", "as"], "USD"),
    (&["dolar", "us"], "USD"),
    (&["dolar", "amerika"], "USD"),
    (&["dolar", "amerika", "serikat"], "USD"),
    (&["dollar"], "USD"),
    (&["dollar", "as"], "USD"),
    (&["dollar", "us"], "USD"),
    (&["dollar", "amerika"], "USD"),
    (&["dollar", "amerika", "serikat"], "USD"),
    (&["s", "$"], "SGD"),
    (&["sgd"], "SGD"),
    (&["dolar", "singapura"], "SGD"),
    (&["a", "$"], "AUD"),
    (&["au", "$"], "AUD"),
    (&["aud"], "AUD"),
    (&["dolar", "australia"], "AUD"),
    (&["hk", "$"], "HKD"),
    (&["dolar", "hong", "kong"], "HKD"),
    (&["dolar", "hongkong"], "HKD"),
    (&["dolar", "taiwan"], "TWD"),
    (&["dolar", "kanada"], "CAD"),
    (&["dolar", "selandia", "baru"], "NZD"),
    (&["€"], "EUR"),
    (&["eur"], "EUR"),
    (&["euro"], "EUR"),
    (&["£"], "GBP"),
    (&["gbp"], "GBP"),
    (&["poundsterling"], "GBP"),
    (&["pound", "sterling"], "GBP"),
    (&["poundsterling", "inggris"], "GBP"),
    (&["jpy"], "JPY"),
    (&["yen"], "JPY"),
    (&["yen", "jepang"], "JPY"),
    (&["krw"], "KRW"),
    (&["won"], "KRW"),
    (&["won", "korea"], "KRW"),
    (&["won", "korea", "selatan"], "KRW"),
    (&["cny"], "CNY"),
    (&["yuan"], "CNY"),
    (&["yuan", "china"], "CNY"),
    (&["yuan", "tiongkok"], "CNY"),
    (&["renminbi"], "CNY"),
    (&["rm"], "MYR"),
    (&["myr"], "MYR"),
    (&["ringgit"], "MYR"),
    (&["ringgit", "malaysia"], "MYR"),
    (&["baht"], "THB"),
    (&["baht", "thailand"], "THB"),
    (&["rupee"], "INR"),
    (&["rupee", "india"], "INR"),
    (&["dirham"], "AED"),
    (&["riyal"], "SAR"),
    (&["riyal", "saudi"], "SAR"),
    (&["riyal", "arab", "saudi"], "SAR"),
];

/// Takes the currency that stands next.
pub(super) fn take(cursor: &mut Cursor<'_, '_>) -> Option<Currency> {
    if let Some(code) = cursor.take_phrase(NAMES) {
        return Currency::parse(code).ok();
    }
    let token = cursor.peek().filter(|token| token.kind == Kind::Word)?;
    let is_code = token.raw.bytes().all(|b| b.is_ascii_uppercase());
    let currency = is_code.then(|| Currency::parse(token.raw).ok()).flatten()?;
    cursor.skip(1);
    Some(currency)
}

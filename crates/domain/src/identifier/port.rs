//! Ports and places.

use serde::{Deserialize, Serialize};

use super::{as_text, country::RegionCode, refused, required};
use crate::refusal::RuleBroken;

/// A place by its UN/LOCODE: the country (ISO 3166-1 alpha-2) and three letters or digits, of
/// which 0 and 1 are not used. Source: UNECE Recommendation 16.
///
/// A well-formed code that has no name here is accepted. Where a port has two codes, one is kept:
/// `IDTPE`, which some carriers use for Tanjung Perak, is read as `IDSUB`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortCode(String);

as_text!(PortCode);

impl PortCode {
    /// Reads a code, in capitals.
    ///
    /// # Errors
    /// `field.missing` when empty, `port_code.form` when it is not of the form above,
    /// `port_code.country` when its first two letters are no country.
    pub fn parse(code: &str) -> Result<Self, RuleBroken> {
        const FORM: &str = "two letters of the country and three of A to Z or 2 to 9";
        let upper = |b: &u8| b.is_ascii_uppercase();
        let well_formed = required(code)?.len() == 5
            && code.bytes().take(2).all(|b| upper(&b))
            && code.bytes().skip(2).all(|b| upper(&b) || matches!(b, b'2'..=b'9'));
        if !well_formed {
            return Err(refused("port_code.form", FORM, code));
        }
        if RegionCode::parse(&code[..2]).is_err() {
            return Err(refused("port_code.country", "an ISO 3166-1 country", &code[..2]));
        }
        let alias = ALIASES.iter().find(|(other, _)| *other == code);
        Ok(Self(alias.map_or(code, |(_, kept)| kept).to_owned()))
    }

    /// The country's code, the first two letters.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// The port's name, when it is one of those known here.
    pub fn name(&self) -> Option<&'static str> {
        PORTS.iter().find(|(code, _)| *code == self.0).map(|(_, name)| *name)
    }
}

/// Other codes of ports, and the code kept for each.
const ALIASES: [(&str, &str); 3] = [("IDPJG", "IDPNJ"), ("IDTPE", "IDSUB"), ("IDUPG", "IDMAK")];

/// Ports of loading and discharge that villages of the programme use.
const PORTS: [(&str, &str); 43] = [
    ("AEJEA", "Jebel Ali"),
    ("AUBNE", "Brisbane"),
    ("AUFRE", "Fremantle"),
    ("AUMEL", "Melbourne"),
    ("AUSYD", "Sydney"),
    ("BDCGP", "Chattogram"),
    ("BDDAC", "Dhaka"),
    ("CNSHA", "Shanghai"),
    ("IDBDJ", "Banjarmasin"),
    ("IDBIT", "Bitung"),
    ("IDBLW", "Belawan"),
    ("IDBPN", "Balikpapan"),
    ("IDBTM", "Batam"),
    ("IDCXP", "Cilacap"),
    ("IDDJB", "Jambi"),
    ("IDGRE", "Gresik"),
    ("IDJKT", "Jakarta"),
    ("IDKSO", "Kalbut Situbondo"),
    ("IDMAK", "Makassar"),
    ("IDPLM", "Palembang"),
    ("IDPNJ", "Panjang"),
    ("IDPNK", "Pontianak"),
    ("IDPRO", "Probolinggo"),
    ("IDSRG", "Semarang"),
    ("IDSRI", "Samarinda"),
    ("IDSUB", "Surabaya"),
    ("IDTPP", "Tanjung Priok"),
    ("INCCU", "Kolkata"),
    ("INMAA", "Chennai"),
    ("INMUN", "Mundra"),
    ("INNSA", "Nhava Sheva"),
    ("JPTYO", "Tokyo"),
    ("KRINC", "Incheon"),
    ("KRPUS", "Busan"),
    ("MYPEN", "Penang"),
    ("MYPKG", "Port Klang"),
    ("MYTPP", "Tanjung Pelepas"),
    ("NLAMS", "Amsterdam"),
    ("NLRTM", "Rotterdam"),
    ("SADMM", "Dammam"),
    ("SAJED", "Jeddah"),
    ("SGSIN", "Singapore"),
    ("TWKHH", "Kaohsiung"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::identifier::testing::{accepts, refuses};

    #[test]
    fn form_and_country_are_checked_and_aliases_read() {
        accepts(
            PortCode::parse,
            &[
                ("IDSUB", "IDSUB"),
                ("NLRTM", "NLRTM"),
                ("IDTPE", "IDSUB"),
                ("IDUPG", "IDMAK"),
                ("IDPJG", "IDPNJ"),
                ("US2AB", "US2AB"),
            ],
        );
        refuses(
            PortCode::parse,
            &[
                ("IDS0B", "port_code.form"),
                ("SUB", "port_code.form"),
                ("idsub", "port_code.form"),
                ("ID SUB", "port_code.form"),
                ("I2SUB", "port_code.form"),
                ("QQSUB", "port_code.country"),
                ("", "field.missing"),
            ],
        );
    }

    #[test]
    fn names_are_known_for_the_ports_in_use() {
        let name = |code| PortCode::parse(code).unwrap().name();
        assert_eq!(name("IDTPE"), Some("Surabaya"));
        assert_eq!(name("DEHAM"), None);
        assert_eq!(PortCode::parse("KRPUS").unwrap().country(), "KR");
        for (code, name) in PORTS {
            assert_eq!(PortCode::parse(code).unwrap().as_str(), code);
            assert!(!name.is_empty());
        }
        assert!(PORTS.is_sorted_by(|a, b| a.0 < b.0));
    }
}

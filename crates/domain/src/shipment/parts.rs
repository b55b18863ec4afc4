//! Where the goods of a shipment were made.
//!
//! Invariant: the parts of a line add up to its value, to the minor unit.

use std::collections::BTreeMap;

use super::{
    consignment::Shipment,
    line::{Line, SHARE_DECIMALS, Share},
};
use crate::{conversion::apportion, money::Money};

/// The regency of goods of which nobody knows where they were made.
pub const UNKNOWN: &str = "UNKNOWN";

/// The part of a line that was made in one regency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The line's place in the shipment, from 0.
    pub line: usize,
    /// The code of the regency or city, or [`UNKNOWN`].
    pub regency: &'a str,
    /// Its value.
    pub value: Money,
}

impl Shipment {
    /// The parts of all lines, each regency of a line once, ordered by line and code.
    ///
    /// A line is split by its shares: each is rounded down, and what is left goes to the largest
    /// remainders, of equal ones to the first. A line without shares was made in the exporter's
    /// village.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let lines = self.facts.lines.iter().enumerate();
        lines.flat_map(|(line, goods)| self.parts_of(line, goods)).collect()
    }

    fn parts_of<'a>(&'a self, line: usize, goods: &'a Line) -> Vec<Part<'a>> {
        let mut regencies: BTreeMap<&str, i64> = BTreeMap::new();
        let shares: Vec<&Share> = goods.shares.iter().collect();
        if shares.is_empty() {
            let regency = self.region().map_or(UNKNOWN, |village| village.regency());
            regencies.insert(regency, goods.value.minor());
        }
        for (share, minor) in shares.iter().zip(split(goods.value.minor(), &shares)) {
            *regencies.entry(self.regency(share)).or_default() += minor;
        }
        let value = |minor| Money::from_minor(minor, goods.value.currency());
        let part = |(regency, minor)| Part { line, regency, value: value(minor) };
        regencies.into_iter().map(part).collect()
    }

    /// Where a share was made: in its village, else in its producer's.
    fn regency<'a>(&'a self, share: &'a Share) -> &'a str {
        let producers = || {
            let producer = share.maker.producer()?;
            self.parties.organisations.get(producer)?.village.as_ref()
        };
        share.maker.village().or_else(producers).map_or(UNKNOWN, |village| village.regency())
    }
}

/// Splits an amount by shares, which add up to 1.
fn split(minor: i64, shares: &[&Share]) -> Vec<i64> {
    let millionths = |share: &&Share| {
        let mut part = share.part;
        part.rescale(SHARE_DECIMALS);
        part.mantissa() * i128::from(minor)
    };
    let parts: Vec<_> = shares.iter().map(millionths).collect();
    let split = apportion(&parts, 10_i128.pow(SHARE_DECIMALS));
    let split = split.map(|(split, _)| split.into_iter().map(i64::try_from).collect());
    match split {
        Some(Ok(split)) => split,
        _ => unreachable!("parts of an amount are no larger than the amount"),
    }
}

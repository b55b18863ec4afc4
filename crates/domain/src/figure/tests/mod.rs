#![allow(clippy::unwrap_used, clippy::expect_used)]

mod pairs;
mod properties;
mod readings;
mod refusals;
mod verdicts;

use rust_decimal::Decimal;

use super::Figure;

fn figure(text: &str) -> Figure {
    Figure::parse(text).unwrap_or_else(|broken| panic!("{text}: {broken}"))
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("{text} is no decimal"))
}

//! Claims, read: what a figure is said to be of.

use std::fmt;

use devisa_domain::{
    figure::Figure,
    refusal::{Checks, Refusal, RuleBroken, Violation},
    time::Date,
};

use super::Verdicts;
use crate::{
    convert::common::{nonempty, optional_date},
    figure::v1 as wire,
};

/// The most claims a request may hold.
pub const MAX_CLAIMS: usize = 100;

/// A metric that one service knows, and what it is taken of.
pub trait Metric: Copy + 'static {
    /// The resource, or the kinds of resources, that metrics of this service are taken of.
    type Subject: Clone + fmt::Debug;

    /// Every metric there is, in the order in which they are documented.
    const ALL: &'static [Self];

    /// The metric's name on the wire, such as `release_value`.
    fn as_str(self) -> &'static str;

    /// Reads the name of the resource that this metric is taken of.
    ///
    /// # Errors
    /// `field.missing`, `resource_name.form`, or what is wrong with an id in it.
    fn subject(self, of: &str) -> Result<Self::Subject, RuleBroken>;
}

/// A published figure, read, and the records it speaks of.
#[derive(Clone, Debug)]
pub struct Claim<M: Metric> {
    /// The claim's place in the request, from 0.
    pub index: usize,
    /// The claim as it was sent.
    pub sent: wire::Claim,
    /// The published figure.
    pub figure: Figure,
    /// What it is about.
    pub metric: M,
    /// The resource that the metric is taken of.
    pub of: M::Subject,
    /// The business date for which the figure was given.
    pub as_of: Date,
}

impl<M: Metric> Claim<M> {
    /// The path of one of the claim's fields in the request: `claims[2].of`.
    pub fn path(&self, field: &str) -> String {
        format!("claims[{}].{field}", self.index)
    }

    /// The filter as it was sent; empty is none.
    pub fn filter(&self) -> &str {
        &self.sent.filter
    }

    /// That there is no such resource as the metric is taken of.
    pub fn absent(&self, name: &impl ToString) -> Refusal {
        Refusal::NotFound { resource: name.to_string() }.under(&self.path("of"))
    }

    /// Refuses any filter, for metrics that take none.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`].
    pub fn refuse_filter(&self) -> Result<(), Refusal> {
        if self.sent.filter.trim().is_empty() {
            return Ok(());
        }
        let (metric, found) = (self.metric.as_str(), &self.sent.filter);
        let detail = format!("{metric} takes no filter, found {found:?}");
        Err(Refusal::FilterInvalid { field: self.path("filter"), offset: None, detail })
    }
}

/// The claims of a request: those that can be read, and what is wrong with the others.
#[derive(Clone, Debug)]
pub struct Claims<M: Metric> {
    /// Those that can be read, in their order.
    pub read: Vec<Claim<M>>,
    /// The answers to them, with the refusal of those that cannot.
    pub verdicts: Verdicts,
}

/// Reads the claims of a request; `today` is the date of those that name none. What is wrong with
/// claims stands among the verdicts: the rules of [`Figure::parse`] at `claims[2].text`,
/// `metric.unknown`, those of [`Metric::subject`] at `of`, `date.form`.
///
/// # Errors
/// `field.missing` without any, `claims.count` beyond [`MAX_CLAIMS`].
pub fn parse_claims<M: Metric>(
    request: wire::CheckFiguresRequest,
    today: Date,
) -> Result<Claims<M>, Refusal> {
    let wire::CheckFiguresRequest { claims } = request;
    let mut checks = Checks::new();
    checks.ensure(!claims.is_empty(), "claims", RuleBroken::missing);
    checks.ensure(claims.len() <= MAX_CLAIMS, "claims", || {
        RuleBroken::expected("claims.count", format!("1 to {MAX_CLAIMS}"), claims.len())
    });
    checks.finish(())?;
    let mut checks = Checks::new();
    let mut read = Vec::with_capacity(claims.len());
    for (index, claim) in claims.into_iter().enumerate() {
        read.extend(
            checks.keep_part(&format!("claims[{index}]"), parse_claim(index, claim, today)),
        );
    }
    let refused = checks.finish(()).err().map(Refusal::from);
    Ok(Claims { read, verdicts: Verdicts::begin(refused) })
}

fn parse_claim<M: Metric>(
    index: usize,
    sent: wire::Claim,
    today: Date,
) -> Result<Claim<M>, Vec<Violation>> {
    let wire::Claim { text, metric, of, filter: _, as_of } = &sent;
    let mut checks = Checks::new();
    let figure = checks.keep("text", Figure::parse(text));
    let metric = checks.keep("metric", nonempty(metric, parse_metric::<M>));
    let of = match metric {
        Some(metric) => checks.keep("of", metric.subject(of)),
        None => {
            checks.keep("of", nonempty(of, |_| Ok(())));
            None
        }
    };
    let as_of = checks.keep("as_of", optional_date(as_of.as_ref()));
    match (figure, metric, of, as_of) {
        (Some(figure), Some(metric), Some(of), Some(as_of)) => {
            let as_of = as_of.unwrap_or(today);
            Ok(Claim { index, sent, figure, metric, of, as_of })
        }
        _ => Err(checks.into_violations()),
    }
}

fn parse_metric<M: Metric>(name: &str) -> Result<M, RuleBroken> {
    let found = M::ALL.iter().copied().find(|metric| metric.as_str() == name);
    found.ok_or_else(|| {
        let known: Vec<_> = M::ALL.iter().map(|metric| metric.as_str()).collect();
        RuleBroken::expected("metric.unknown", known.join(", "), format!("{name:?}"))
    })
}

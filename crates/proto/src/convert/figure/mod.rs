//! Claims about published figures and what the records say of them; shared by every service that
//! has a `CheckFigures`.
//!
//! A service names its metrics by implementing [`Metric`]; [`parse_claims`] then reads a request
//! into typed [`Claim`]s, the service finds the recorded value of each, [`Finding`] compares, and
//! [`Verdicts`] answers. Invariant: a claim comes back exactly as it was sent.

mod claim;
mod finding;
#[cfg(test)]
mod tests;

use devisa_domain::refusal::Refusal;

use crate::figure::v1 as wire;
pub use claim::{Claim, Claims, MAX_CLAIMS, Metric, parse_claims};
pub use finding::Finding;
use finding::render_verdict;

/// The answers to the claims of a request, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    rendered: Vec<wire::ClaimVerdict>,
    refused: Vec<Refusal>,
}

impl Verdicts {
    /// None yet, but for the refusal of the claims that cannot be read.
    fn begin(refused: Option<Refusal>) -> Self {
        Self { rendered: Vec::new(), refused: refused.into_iter().collect() }
    }

    /// Adds what the records say of a claim, or why that cannot be said.
    pub fn add<M: Metric>(&mut self, claim: Claim<M>, finding: Result<Finding, Refusal>) {
        match finding {
            Ok(finding) => self.rendered.push(render_verdict(claim, &finding)),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    /// The answer to the request.
    ///
    /// # Errors
    /// All that claims were refused for, at once.
    pub fn finish(self) -> Result<wire::CheckFiguresResponse, Refusal> {
        match Refusal::together(self.refused) {
            // An absence that is all there is to tell is told as by Get.
            Some(Refusal::Placed { first, violations })
                if violations.len() == 1 && matches!(*first, Refusal::NotFound { .. }) =>
            {
                Err(*first)
            }
            Some(refusal) => Err(refusal),
            None => Ok(wire::CheckFiguresResponse { verdicts: self.rendered }),
        }
    }
}

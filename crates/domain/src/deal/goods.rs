//! What a deal is about.

use serde::{Deserialize, Serialize};

use crate::identifier::{hs::HsCode, text::Text};

/// One kind of goods in a deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// What it is.
    pub description: Text<500>,
    /// The tariff code, when it is known.
    pub hs_code: Option<HsCode>,
    /// What it is called in statistics.
    pub commodity: Option<Text<100>>,
}

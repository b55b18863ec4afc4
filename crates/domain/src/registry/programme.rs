//! Programmes that turn villages into exporters.

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{identifier::text::Text, name::ProgrammeName};

/// A programme, such as LPEI's *Desa Devisa*. Several run beside each other on the same villages.
pub type Programme = Record<ProgrammeName, ProgrammeFacts>;

/// What is stated about a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeFacts {
    /// The programme's own name.
    pub display_name: Text<200>,
    /// Who runs it.
    pub owner: Option<Text<200>>,
}

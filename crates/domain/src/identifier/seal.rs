//! Container and truck seals.

use super::text::Text;

/// A seal's number, as it stands on the seal: text of at most 35 characters, for which there is
/// no common grammar.
pub type SealNumber = Text<35>;

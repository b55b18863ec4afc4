//! What a method does to the records.

use prost_reflect::MethodDescriptor;

/// The verbs of methods that change nothing. A method with any other verb changes something, and
/// owes its callers what makes a repetition safe.
pub const READING_VERBS: &[&str] =
    &["BatchGet", "Check", "Count", "Get", "List", "Resolve", "Summarize", "Watch"];

/// What a method does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Reads; a repetition is always safe.
    Read,
    /// Changes records; a repetition is safe with a `request_id`.
    Mutation,
    /// Streams, and says in its own comment how it is resumed.
    Stream,
}

/// What the method does, told by its name.
pub fn effect(method: &MethodDescriptor) -> Effect {
    if method.is_client_streaming() || method.is_server_streaming() {
        Effect::Stream
    } else if READING_VERBS.contains(&verb(method.name())) {
        Effect::Read
    } else {
        Effect::Mutation
    }
}

/// The verb of a method's name: `Sign` of `SignDeal`, `BatchGet` of `BatchGetShipments`.
pub fn verb(name: &str) -> &str {
    let from = if name.starts_with("Batch") { "Batch".len() } else { 0 };
    let upper = name.char_indices().skip(from + 1).find(|(_, letter)| letter.is_ascii_uppercase());
    upper.map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::verb;

    #[test]
    fn the_verb_is_the_first_word_and_batch_goes_with_the_next() {
        let verbs = ["SignDeal", "Watch", "BatchGetShipments", "ResolveExchangeRate"].map(verb);
        assert_eq!(verbs, ["Sign", "Watch", "BatchGet", "Resolve"]);
    }
}

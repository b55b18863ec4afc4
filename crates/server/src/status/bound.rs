//! Keeps a status within what travels in headers.
//!
//! Invariant: the details stay below about 8 KiB once in base64, and the message, which they
//! repeat, below 1 KiB: many clients take 8 or 16 KiB of headers in all, and a status beyond that
//! arrives as a broken stream. What is cut is cut between characters and marked.

use devisa_domain::refusal::Violation;
use tonic_types::FieldViolation;

/// The longest message, in bytes.
pub(super) const MESSAGE: usize = 512;
/// The longest value of one key of the metadata, in bytes.
pub(super) const VALUE: usize = 256;
/// The longest list in the metadata, in bytes: of field paths, of dates, of missing rates.
const LIST: usize = 1_024;
/// The longest path of a field, in bytes.
const FIELD: usize = 160;
/// The longest description of a violation, in bytes.
const DESCRIPTION: usize = 400;
/// All violations together, in bytes before base64.
const VIOLATIONS: usize = 3_500;

/// The first violations, as many as fit. At least one, if there is any.
pub(super) fn violations(all: &[Violation]) -> Vec<FieldViolation> {
    let mut room = VIOLATIONS;
    let rendered = all.iter().map(|v| {
        violation(FieldViolation {
            field: v.field.clone(),
            description: v.broken.to_string(),
            reason: v.broken.reason(),
            localized_message: None,
        })
    });
    rendered
        .take_while(|v| {
            // Tags and lengths of the three fields and of the message around them.
            let size = v.field.len() + v.description.len() + v.reason.len() + 12;
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        })
        .collect()
}

/// A violation, none of its parts too long.
pub(super) fn violation(violation: FieldViolation) -> FieldViolation {
    FieldViolation {
        field: text(violation.field, FIELD),
        description: text(violation.description, DESCRIPTION),
        reason: text(violation.reason, FIELD),
        localized_message: None,
    }
}

/// A value of the metadata, not too long.
pub(super) fn value(key: &str, value: String) -> String {
    text(value, if matches!(key, "fields" | "date" | "missing") { LIST } else { VALUE })
}

/// A text of at most `limit` bytes, `…` included where it was cut.
pub(super) fn text(mut text: String, limit: usize) -> String {
    const MARK: &str = "…";
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit.saturating_sub(MARK.len())));
        text.push_str(MARK);
    }
    text
}

//! A part of a written page that is generated, between two marks.

/// Puts `content` between the marks of the block called `name`.
///
/// # Errors
/// When the page has no such marks.
pub(super) fn replace(page: &str, name: &str, content: &str) -> Result<String, String> {
    let (begin, end) = (begin(name), end(name));
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| format!("it has no {begin} … {end}"))?;
    Ok(format!("{before}{begin}\n{content}\n{end}{after}"))
}

/// The marks with nothing between them.
pub(super) fn empty(name: &str) -> String {
    format!("{}\n{}", begin(name), end(name))
}

fn begin(name: &str) -> String {
    format!("<!-- {name}: written by `cargo xtask docs` -->")
}

fn end(name: &str) -> String {
    format!("<!-- end of {name} -->")
}

#[cfg(test)]
mod tests {
    use super::{empty, replace};

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page = format!("before\n{}\nafter\n", empty("facts"));
        let once = replace(&page, "facts", "one");
        let twice = once.clone().and_then(|page| replace(&page, "facts", "two"));
        assert!(once.is_ok_and(|page| page.contains("\none\n") && page.ends_with("-->\nafter\n")));
        assert!(twice.is_ok_and(|page| page.contains("\ntwo\n") && !page.contains("one")));
        assert!(replace("no marks", "facts", "one").is_err());
    }
}

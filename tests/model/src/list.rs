//! Lists: what a filter picks, in which order, in pages.

use std::fmt;

use devisa_domain::time::Timestamp;

use crate::resource::Resource;

/// A comparison as a filter says it, and what it means of a resource.
pub struct Predicate<R> {
    /// As a filter has it.
    pub text: String,
    /// Whether it holds.
    pub holds: Box<dyn Fn(&R) -> bool + Send + Sync>,
}

impl<R> Predicate<R> {
    /// A comparison.
    pub fn new(
        text: impl Into<String>,
        holds: impl Fn(&R) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { text: text.into(), holds: Box::new(holds) }
    }
}

impl<R> fmt::Debug for Predicate<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `field = "value"` and `field != "value"`.
pub fn equality<R: 'static>(
    field: &'static str,
    value: &str,
    of: fn(&R) -> String,
) -> [Predicate<R>; 2] {
    let (same, other) = (value.to_owned(), value.to_owned());
    [
        Predicate::new(format!("{field} = \"{value}\""), move |r| of(r) == same),
        Predicate::new(format!("{field} != \"{value}\""), move |r| of(r) != other),
    ]
}

/// The comparisons of the times that every resource has, with an instant.
pub fn times<R: Resource + 'static>(at: Timestamp) -> Vec<Predicate<R>> {
    vec![
        Predicate::new(format!("create_time < \"{at}\""), move |r: &R| r.created() < at),
        Predicate::new(format!("create_time >= \"{at}\""), move |r: &R| r.created() >= at),
        Predicate::new(format!("create_time = \"{at}\""), move |r: &R| r.created() == at),
        Predicate::new(format!("update_time <= \"{at}\""), move |r: &R| r.updated() <= at),
        Predicate::new(format!("update_time > \"{at}\""), move |r: &R| r.updated() > at),
        Predicate::new(format!("update_time != \"{at}\""), move |r: &R| r.updated() != at),
    ]
}

/// Both of two comparisons: the text of the filter, and those of the resources that it picks,
/// newest first, then by name.
pub fn picked<'r, R: Resource + 'r>(
    all: impl IntoIterator<Item = &'r R>,
    both: [Option<&Predicate<R>>; 2],
    show_deleted: bool,
) -> (String, Vec<R>) {
    let predicates: Vec<_> = both.into_iter().flatten().collect();
    let text: Vec<_> = predicates.iter().map(|predicate| predicate.text.as_str()).collect();
    let mut found: Vec<R> = all
        .into_iter()
        .filter(|r| show_deleted || !r.is_deleted())
        .filter(|r| predicates.iter().all(|predicate| (predicate.holds)(r)))
        .cloned()
        .collect();
    found.sort_by(|a, b| b.created().cmp(&a.created()).then_with(|| a.name().cmp(b.name())));
    (text.join(" AND "), found)
}

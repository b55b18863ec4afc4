//! Walks the pages of a list and compares each with the model.

use devisa_model::{answer::Answer, resource::Resource};

use crate::play::same;

/// A page of a list.
pub(crate) type Page<R> = (Vec<R>, String);

/// Where a walk through pages stands.
#[derive(Debug)]
pub(crate) struct Walk<R> {
    pub(crate) token: String,
    last: Option<R>,
}

impl<R: Resource> Walk<R> {
    pub(crate) fn new() -> Self {
        Self { token: String::new(), last: None }
    }

    /// Compares a page with the part of the model's list that follows the pages before, as the list
    /// is now; answers whether there are more.
    pub(crate) fn page(
        &mut self,
        what: &str,
        model: &Answer<Vec<R>>,
        size: usize,
        found: Answer<Page<R>>,
    ) -> Result<bool, String> {
        let all = match model {
            Ok(all) => all,
            Err(_) => return same(what, model, &found.map(|page| page.0)).map(|()| false),
        };
        let rest: Vec<_> = all.iter().filter(|r| self.is_after_last(r)).cloned().collect();
        let expected: Vec<_> = rest.iter().take(size).cloned().collect();
        let (items, token) = found.map_err(|refused| format!("{what}: {refused:?}"))?;
        same(what, &expected, &items)?;
        same(&format!("{what}: more pages"), &(rest.len() > size), &!token.is_empty())?;
        self.last = items.last().cloned().or(self.last.take());
        self.token = token;
        Ok(!self.token.is_empty())
    }

    fn is_after_last(&self, r: &R) -> bool {
        self.last.as_ref().is_none_or(|last| {
            r.created() < last.created()
                || (r.created() == last.created() && r.name() > last.name())
        })
    }
}

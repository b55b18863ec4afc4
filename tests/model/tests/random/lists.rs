//! Walks the pages of a list and compares each with the model.

use std::any::Any;

pub(crate) use devisa_model::list::picked;
use devisa_model::{answer::Answer, resource::Resource};

use crate::play::{same, take_explanations};

/// A page of a list.
pub(crate) type Page<R> = (Vec<R>, String);

/// Every comparison alone, and every two.
pub(crate) fn every_two(comparisons: usize) -> impl Iterator<Item = [Option<usize>; 2]> {
    let pairs = move |first| (first..comparisons).map(move |second| [Some(first), Some(second)]);
    (0..comparisons).flat_map(pairs)
}

/// Where a walk through pages stands.
#[derive(Debug)]
pub(crate) struct Walk<R> {
    pub(crate) token: String,
    last: Option<R>,
}

impl<R: Resource + 'static> Walk<R> {
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
        let (mut wanted, mut told) = (expected, items.clone());
        for (wanted, told) in wanted.iter_mut().zip(&mut told) {
            let deals =
                ((wanted as &mut dyn Any).downcast_mut(), (told as &mut dyn Any).downcast_mut());
            if let (Some(wanted), Some(told)) = deals {
                take_explanations(wanted, told)?;
            }
        }
        same(what, &wanted, &told)?;
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

/// Compares the pages of a list.
macro_rules! list {
    ($list:ident, $predicates:expr, $all:expr, $client:ident.$rpc:ident($request:expr).$items:ident) => {{
        let predicates = $predicates;
        let both = $list.both.map(|index| index.map(|index| &predicates[index % predicates.len()]));
        let what = format!("{:?} by {both:?}", $list.kind);
        let (filter, all) = $crate::lists::picked($all.iter(), both, $list.show_deleted);
        let all = devisa_model::answer::Answer::Ok(all);
        let mut walk = $crate::lists::Walk::new();
        loop {
            let mut request = std::convert::identity($request);
            request.filter = filter.clone();
            request.page_size = i32::try_from($list.size).unwrap();
            request.page_token = walk.token.clone();
            let found = $crate::play::served($client.$rpc(request).await)
                .map(|r| (r.$items, r.next_page_token));
            if !walk.page(&what, &all, $list.size, found)? {
                break Ok(());
            }
        }
    }};
}

pub(crate) use list;

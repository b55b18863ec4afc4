//! Resources: each row with the newest event of its resource, and its columns with both.

use std::{cmp::Ordering, collections::VecDeque};

use devisa_proto::{
    compare::{self, Differing},
    recorded::Recorded,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait},
};

use super::{
    Audit, PAGE,
    chain::{Chains, Newest, url},
    differing_columns,
};
use crate::{error::StorageError, store::Table};

/// A row by its name; as text what kept it from being read.
pub type Named<T> = (String, Result<<T as EntityTrait>::Model, String>);

impl Audit {
    /// Compares every row of a table with the newest event of its resource, both ways, and its
    /// columns with what `row` would write of the resource that it holds; and each event with the
    /// one before. `computed` are fields that follow from other resources when they are read.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn resources<T, M, A>(
        &mut self,
        computed: &[&str],
        render: impl Fn(&T::Resource) -> M,
        row: impl Fn(&T::Resource) -> A,
    ) -> Result<(), StorageError>
    where
        T: Table,
        T::Model: IntoActiveModel<A> + Clone,
        A: ActiveModelTrait<Entity = T> + ActiveModelBehavior,
        M: Recorded + Default,
    {
        let mut rows = Rows::<T>::new();
        let mut chains = Chains::<M>::new(computed);
        let mut stored = rows.next(self).await?;
        let mut told = chains.next(self).await?;
        let mut compared = 0;
        loop {
            let order = match (&stored, &told) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((name, _)), Some(newest)) => name.cmp(&newest.subject),
            };
            compared += 1;
            match (order, &stored, &told) {
                (Ordering::Less, Some((name, _)), _) => self.differ(name, "events", "some", "none"),
                (Ordering::Greater, _, Some(newest)) => {
                    self.differ(&newest.subject, "row", "one", "none");
                }
                (_, Some(named), Some(newest)) => {
                    self.resource::<T, M, A>(named, newest, computed, &render, &row);
                }
                _ => unreachable!("the order says which there is"),
            }
            if order != Ordering::Greater {
                stored = rows.next(self).await?;
            }
            if order != Ordering::Less {
                told = chains.next(self).await?;
            }
        }
        self.messages.push(url::<M>());
        let table = T::default().table_name().replace('_', " ");
        self.compared(format!("{table}: rows with their newest events"), compared);
        self.compared(format!("{table}: events with those before them"), chains.events);
        Ok(())
    }

    /// The rows of a table that come after a name, by name: as many as are read at once, none at the
    /// end.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn rows_after<T: Table>(&self, name: &str) -> Result<Vec<Named<T>>, StorageError> {
        Ok(page::<T>(self, name).await?)
    }

    fn resource<T, M, A>(
        &mut self,
        (name, model): &Named<T>,
        newest: &Newest<M>,
        computed: &[&str],
        render: &impl Fn(&T::Resource) -> M,
        row: &impl Fn(&T::Resource) -> A,
    ) where
        T: Table,
        T::Model: IntoActiveModel<A> + Clone,
        A: ActiveModelTrait<Entity = T> + ActiveModelBehavior,
        M: Recorded + Default,
    {
        let model = match model {
            Ok(model) => model,
            Err(error) => return self.differ(name, "row", "one that can be read", error.as_str()),
        };
        let resource = T::resource(model.clone());
        let differing = differing_columns(&row(&resource), &model.clone().into_active_model());
        for (column, expected, found) in differing {
            self.differ(name, column, expected, found);
        }
        let Some(message) = &newest.message else { return };
        for Differing { path, one, other } in
            compare::differing(message, &render(&resource), computed)
        {
            self.differ(name, path, one, other);
        }
    }
}

/// Reads a table by name.
pub(super) struct Rows<T: Table> {
    page: VecDeque<Named<T>>,
    after: String,
    is_last: bool,
}

impl<T: Table> Rows<T> {
    fn new() -> Self {
        Self { page: VecDeque::new(), after: String::new(), is_last: false }
    }

    async fn next(&mut self, audit: &Audit) -> Result<Option<Named<T>>, DbErr> {
        if self.page.is_empty() && !self.is_last {
            let page = page::<T>(audit, &self.after).await?;
            self.is_last = (page.len() as u64) < PAGE;
            self.after = page.last().map(|(name, _)| name.clone()).unwrap_or_default();
            self.page = page.into();
        }
        Ok(self.page.pop_front())
    }
}

/// The rows after a name, a page of them.
pub(super) async fn page<T: Table>(audit: &Audit, after: &str) -> Result<Vec<Named<T>>, DbErr> {
    let name = || Expr::col(Alias::new("name"));
    let select = T::find().filter(name().gt(after)).order_by(name(), Order::Asc).limit(PAGE);
    let statement = select.build(audit.snapshot.get_database_backend());
    let rows = audit.snapshot.query_all_raw(statement).await?;
    let named = |row| {
        let model = T::Model::from_query_result(row, "").map_err(|error| error.to_string());
        Ok((row.try_get("", "name")?, model))
    };
    rows.iter().map(named).collect()
}

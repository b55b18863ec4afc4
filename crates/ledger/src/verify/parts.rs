//! Child rows: with the parts of the resource that they repeat.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryTrait,
    Select,
};

use super::{Audit, Differing, PAGE, resources};
use crate::{error::StorageError, store::Table};

/// Child rows by the names of their parents.
type Children<C> = BTreeMap<String, Vec<<C as EntityTrait>::Model>>;

impl Audit {
    /// Compares the child rows of every resource of a table, those selected, with what `check` makes
    /// of the resource; `what` says so in words, `parent` is their column with its name, and `of`
    /// reads it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn parts<P: Table, C: EntityTrait>(
        &mut self,
        what: &str,
        rows: Select<C>,
        parent: C::Column,
        of: impl Fn(&C::Model) -> String,
        check: impl Fn(&P::Resource, Vec<C::Model>) -> Vec<Differing>,
    ) -> Result<(), StorageError> {
        let (mut after, mut compared) = (String::new(), 0);
        loop {
            let page = resources::page::<P>(self, &after).await?;
            let is_last = (page.len() as u64) < PAGE;
            let upto = page.last().filter(|_| !is_last).map(|(name, _)| name.clone());
            let mut children =
                self.children::<C>(&rows, parent, &of, &after, upto.as_deref()).await?;
            for (name, model) in page {
                let rows = children.remove(&name).unwrap_or_default();
                compared += rows.len() as u64;
                // A resource that cannot be read has been told with its row.
                let Ok(model) = model else { continue };
                for (field, expected, found) in check(&P::resource(model), rows) {
                    self.differ(&name, field, expected, found);
                }
            }
            for (name, rows) in children {
                let found = format!("{} rows of no resource", rows.len());
                self.differ(&name, C::default().table_name(), "no rows", found);
            }
            match upto {
                Some(upto) => after = upto,
                None => break,
            }
        }
        self.compared(what, compared);
        Ok(())
    }

    /// The child rows of the parents after a name, up to another.
    async fn children<C: EntityTrait>(
        &mut self,
        rows: &Select<C>,
        parent: C::Column,
        of: &impl Fn(&C::Model) -> String,
        after: &str,
        upto: Option<&str>,
    ) -> Result<Children<C>, DbErr> {
        let mut select = rows.clone().filter(parent.gt(after));
        if let Some(upto) = upto {
            select = select.filter(parent.lte(upto));
        }
        let statement = select.build(self.snapshot.get_database_backend());
        let mut children = Children::<C>::new();
        for row in self.snapshot.query_all_raw(statement).await? {
            match C::Model::from_query_result(&row, "") {
                Ok(model) => children.entry(of(&model)).or_default().push(model),
                Err(error) => {
                    let table = C::default().table_name().to_owned();
                    self.differ(&table, "row", "one that can be read", error.to_string());
                }
            }
        }
        Ok(children)
    }
}

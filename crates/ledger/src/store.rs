//! How a resource lies in its table, and how it is read from there: alike in every service.
//!
//! Invariant: a row holds its whole resource; its other columns repeat what lists filter, sort and
//! sum, and are written from the resource and from nothing else.

use std::{collections::BTreeMap, future::ready};

use devisa_domain::refusal::{Refusal, RuleBroken};
use prost::Message;
use sea_orm::{
    EntityTrait, QueryFilter, Select,
    sea_query::{Alias, Expr, ExprTrait},
};

use crate::{
    error::Error,
    filter::{Filter, FilterSchema},
    ledger::Ledger,
    page::{MOST_BYTES, Order, Page, PageArgs, Row},
};

/// The table of a resource. Its rows hold the whole resource; see [`resource_table!`].
pub trait Table: EntityTrait<Model: Row + Send + Sync> {
    /// The resource.
    type Resource;

    /// The resource that a row holds.
    fn resource(row: Self::Model) -> Self::Resource;
}

/// Declares the table of a resource: the columns that every resource has, the resource's own ones
/// with what they hold, and how a row is made of a resource. The resource has the fields `name` and
/// `meta`, and belongs to no session, unless `name`, `meta` and `scope_session` are said, in this
/// form:
///
/// ```text
/// resource_table! {
///     /// A decree's row.
///     "decree" of Decree as decree {
///         scope_region: decree.region(),
///         scope_organisation: String::new(),
///         issue_date: String = decree.facts.issue_date.to_string(),
///     }
/// }
/// resource_table! {
///     /// A deal's row.
///     "deal" of Deal as deal {
///         name: deal.name(),
///         meta: deal.meta(),
///         scope_region: String::new(),
///         scope_organisation: deal.seller(),
///         scope_session: deal.session(),
///     }
/// }
/// ```
#[macro_export]
macro_rules! resource_table {
    (
        $(#[$doc:meta])*
        $table:literal of $resource:ty as $value:ident {
            scope_region: $region:expr,
            scope_organisation: $organisation:expr,
            $($column:ident: $type:ty = $content:expr,)*
        }
    ) => {
        $crate::resource_table! {
            $(#[$doc])*
            $table of $resource as $value {
                name: $value.name,
                meta: $value.meta,
                scope_region: $region,
                scope_organisation: $organisation,
                scope_session: String::new(),
                $($column: $type = $content,)*
            }
        }
    };
    (
        $(#[$doc:meta])*
        $table:literal of $resource:ty as $value:ident {
            name: $name:expr,
            meta: $meta:expr,
            scope_region: $region:expr,
            scope_organisation: $organisation:expr,
            scope_session: $session:expr,
            $($column:ident: $type:ty = $content:expr,)*
        }
    ) => {
        use sea_orm::entity::prelude::*;

        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = $table)]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub(crate) name: String,
            pub(crate) version: i64,
            pub(crate) create_time: i64,
            pub(crate) update_time: i64,
            pub(crate) scope_region: String,
            pub(crate) scope_organisation: String,
            pub(crate) scope_session: String,
            $(pub(crate) $column: $type,)*
            // By the crate's own name: SeaORM reads the type as text and knows no `$crate`.
            pub(crate) data: devisa_ledger::Doc<$resource>,
        }

        /// Rows refer to each other by name only.
        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        impl From<&$resource> for ActiveModel {
            fn from($value: &$resource) -> Self {
                Self {
                    name: sea_orm::Set($name.to_string()),
                    version: sea_orm::Set($meta.version),
                    create_time: sea_orm::Set($meta.create_time.micros()),
                    update_time: sea_orm::Set($meta.update_time.micros()),
                    scope_region: sea_orm::Set($region),
                    scope_organisation: sea_orm::Set($organisation),
                    scope_session: sea_orm::Set($session),
                    $($column: sea_orm::Set($content),)*
                    data: sea_orm::Set($crate::Doc($value.clone())),
                }
            }
        }

        impl $crate::Row for Model {
            fn name(&self) -> &str {
                &self.name
            }

            fn create_time(&self) -> i64 {
                self.create_time
            }
        }

        impl $crate::store::Table for Entity {
            type Resource = $resource;

            fn resource(row: Model) -> $resource {
                row.data.0
            }
        }
    };
}
/// For [`resource_table!`], beside what it needs.
pub use crate::resource_table;

/// Places what is wrong with the name that a request asks for at `name`.
///
/// # Errors
/// The broken rule, as a refusal.
pub fn at_name<N>(parsed: Result<N, RuleBroken>) -> Result<N, Refusal> {
    at("name", parsed)
}

/// Places what is wrong with a value of a request at its field.
///
/// # Errors
/// The broken rule, as a refusal.
pub fn at<N>(field: &str, parsed: Result<N, RuleBroken>) -> Result<N, Refusal> {
    parsed.map_err(|broken| Refusal::field(field, broken))
}

/// The resource of a name, if there is one.
///
/// # Errors
/// The database's.
pub async fn find<T: Table>(
    ledger: &Ledger,
    name: &impl ToString,
) -> Result<Option<T::Resource>, Error> {
    let named = Expr::col(Alias::new("name")).eq(name.to_string());
    let row = T::find().filter(named).one(ledger.reader()).await?;
    Ok(row.map(T::resource))
}

/// The resource that a request names, if its name could be read and there is one. For telling what
/// else is wrong with a request that is refused anyway.
///
/// # Errors
/// The database's.
pub async fn find_if_named<T: Table>(
    ledger: &Ledger,
    name: Result<impl ToString, RuleBroken>,
) -> Result<Option<T::Resource>, Error> {
    match name {
        Ok(name) => find::<T>(ledger, &name).await,
        Err(_) => Ok(None),
    }
}

/// That the parent which a request names does not exist. For telling what else is wrong with a
/// request that is refused anyway.
///
/// # Errors
/// The database's.
pub async fn absent_parent<T: Table>(
    ledger: &Ledger,
    parent: Result<impl ToString, RuleBroken>,
) -> Result<Option<Refusal>, Error> {
    let Ok(parent) = parent else { return Ok(None) };
    let found = find::<T>(ledger, &parent).await?;
    let absent = || Refusal::NotFound { resource: parent.to_string() }.under("parent");
    Ok(found.is_none().then(absent))
}

/// The resource of a name.
///
/// # Errors
/// [`Refusal::NotFound`]; the database's.
pub async fn get<T: Table>(ledger: &Ledger, name: &impl ToString) -> Result<T::Resource, Error> {
    let found = find::<T>(ledger, name).await?;
    found.ok_or_else(|| Refusal::NotFound { resource: name.to_string() }.into())
}

/// The resources of the names that a request lists in `names`, in their order: all or none.
///
/// # Errors
/// [`Refusal::NotFound`] placed at each name, `names[2]`, of which there is none; the database's.
pub async fn get_all<T: Table>(
    ledger: &Ledger,
    names: &[impl ToString],
) -> Result<Vec<T::Resource>, Error> {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let named = Expr::col(Alias::new("name")).is_in(names.clone());
    let rows = T::find().filter(named).all(ledger.reader()).await?;
    let mut found: BTreeMap<_, _> =
        rows.into_iter().map(|row| (row.name().to_owned(), row)).collect();
    let absent = names.iter().enumerate().filter(|(_, name)| !found.contains_key(*name));
    let absent = absent.map(|(place, name)| {
        Refusal::NotFound { resource: name.clone() }.under(&format!("names[{place}]"))
    });
    if let Some(refusal) = Refusal::together(absent) {
        return Err(refusal.into());
    }
    Ok(names.iter().filter_map(|name| found.remove(name)).map(T::resource).collect())
}

/// What a list request asks for, beyond what its method narrows by itself.
#[derive(Clone, Copy, Debug)]
pub struct ListArgs<'a> {
    /// The full method name.
    pub method: &'a str,
    /// The parent's name; empty where the list has none.
    pub parent: &'a str,
    /// The filter as it was sent.
    pub filter: &'a str,
    /// The size asked for.
    pub page_size: i32,
    /// The token of the page before.
    pub page_token: &'a str,
}

impl<'a> ListArgs<'a> {
    /// Every argument of the request but those of the page, by which tokens are told apart. A
    /// parent is one that exists by now: its name holds no line break.
    pub fn arguments(&self) -> String {
        format!("{}\n{}", self.parent, self.filter)
    }

    /// The arguments as the ledger takes them.
    pub fn paged(&self, arguments: &'a str) -> PageArgs<'a> {
        let Self { method, page_size, page_token, .. } = *self;
        PageArgs { page_size, page_token, method, arguments }
    }

    /// The filter, read.
    ///
    /// # Errors
    /// [`Refusal::FilterInvalid`], with what is wrong with the page.
    pub fn filter(&self, ledger: &Ledger, schema: &FilterSchema) -> Result<Filter, Refusal> {
        let filter = schema.parse(self.filter);
        filter.map_err(|refusal| ledger.tokens().beside(refusal, &self.paged("")))
    }

    /// The parent, which must exist.
    ///
    /// # Errors
    /// What is wrong with its name, at `parent`, or [`Refusal::NotFound`], with what is wrong with
    /// the filter and the page; the database's.
    pub async fn parent<T: Table, N: ToString>(
        &self,
        ledger: &Ledger,
        schema: &FilterSchema,
        parse: fn(&str) -> Result<N, RuleBroken>,
    ) -> Result<N, Error> {
        let faults = || match self.filter(ledger, schema) {
            Ok(_) => ledger.tokens().faults(&self.paged("")),
            Err(refusal) => Some(refusal),
        };
        let parent = at("parent", parse(self.parent));
        let parent = parent.map_err(|refusal| faults().into_iter().fold(refusal, Refusal::and))?;
        if find::<T>(ledger, &parent).await?.is_some() {
            return Ok(parent);
        }
        let absent = Refusal::NotFound { resource: parent.to_string() };
        Err(match faults() {
            Some(also) => absent.under("parent").and(also).into(),
            None => absent.into(),
        })
    }
}

/// A page of resources, newest first, each as `render` makes it.
///
/// # Errors
/// [`Refusal::FilterInvalid`], [`Refusal::PageTokenInvalid`], `page_size.negative`, at once; the
/// database's.
pub async fn list<T: Table, W: Message>(
    ledger: &Ledger,
    select: Select<T>,
    schema: FilterSchema,
    args: &ListArgs<'_>,
    render: impl Fn(&T::Resource) -> W,
) -> Result<Page<W>, Error> {
    list_with(ledger, select, schema, args, |resources| {
        ready(Ok(resources.iter().map(render).collect()))
    })
    .await
}

/// A page of resources, newest first, of which `render` makes the answer, all of them at once.
///
/// # Errors
/// As [`list`]; what `render` reports.
pub async fn list_with<T: Table, W: Message, F>(
    ledger: &Ledger,
    select: Select<T>,
    schema: FilterSchema,
    args: &ListArgs<'_>,
    render: impl FnOnce(Vec<T::Resource>) -> F,
) -> Result<Page<W>, Error>
where
    F: Future<Output = Result<Vec<W>, Error>>,
{
    let select = select.filter(args.filter(ledger, &schema)?.condition());
    let arguments = args.arguments();
    let render = |rows: Vec<T::Model>| render(rows.into_iter().map(T::resource).collect());
    ledger.list(select, Order::Newest, &args.paged(&arguments), render).await
}

/// A page of resources that can be deleted, newest first; those that are deleted only where
/// `show_deleted` asks for them. Their table has the column `delete_time`, 0 while they are not.
///
/// # Errors
/// As [`list`].
pub async fn list_deletable<T: Table, W: Message>(
    ledger: &Ledger,
    select: Select<T>,
    schema: FilterSchema,
    args: &ListArgs<'_>,
    show_deleted: bool,
    render: impl Fn(&T::Resource) -> W,
) -> Result<Page<W>, Error> {
    let mut select = select.filter(args.filter(ledger, &schema)?.condition());
    if !show_deleted {
        select = select.filter(Expr::col(Alias::new("delete_time")).eq(0_i64));
    }
    let arguments = format!("{}\n{show_deleted}", args.arguments());
    let render = |rows: Vec<T::Model>| {
        ready(Ok(rows.into_iter().map(|row| render(&T::resource(row))).collect()))
    };
    ledger.list(select, Order::Newest, &args.paged(&arguments), render).await
}

/// The resources of a batch, provided that they fit into one answer: a batch is given whole, so
/// that who asked for too many asks again for fewer.
///
/// # Errors
/// `names.bytes` at `names`.
pub fn whole<W: Message>(resources: Vec<W>) -> Result<Vec<W>, Refusal> {
    let bytes: usize = resources.iter().map(W::encoded_len).sum();
    if bytes <= MOST_BYTES || resources.len() == 1 {
        return Ok(resources);
    }
    let expected = format!("resources of at most {MOST_BYTES} bytes together, so fewer names");
    Err(Refusal::field("names", RuleBroken::expected("names.bytes", expected, bytes)))
}

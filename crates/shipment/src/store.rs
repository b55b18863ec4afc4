//! How a resource lies in its table, and how it is read from there.

use devisa_domain::refusal::{Refusal, RuleBroken};
use devisa_ledger::{Error, FilterSchema, Ledger, Order, Page, PageArgs, Row};
use devisa_server::refuse;
use sea_orm::{
    EntityTrait, QueryFilter, Select,
    sea_query::{Alias, Expr, ExprTrait},
};
use tonic::Status;

/// The table of a resource. Its rows hold the whole resource; see [`resource_table!`].
pub(crate) trait Table: EntityTrait<Model: Row + Send + Sync> {
    /// The resource.
    type Resource;

    /// The resource that a row holds.
    fn resource(row: Self::Model) -> Self::Resource;
}

/// Declares the table of a resource: the columns that every resource has, the resource's own ones
/// with what they hold, and how a row is made of a resource.
macro_rules! resource_table {
    (
        $(#[$doc:meta])*
        $table:literal of $resource:ty as $value:ident {
            scope_region: $region:expr,
            scope_organisation: $organisation:expr,
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
            pub(crate) data: devisa_ledger::Doc<$resource>,
        }

        /// Rows refer to each other by name only.
        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        impl From<&$resource> for ActiveModel {
            fn from($value: &$resource) -> Self {
                Self {
                    name: sea_orm::Set($value.name.to_string()),
                    version: sea_orm::Set($value.meta.version),
                    create_time: sea_orm::Set($value.meta.create_time.micros()),
                    update_time: sea_orm::Set($value.meta.update_time.micros()),
                    scope_region: sea_orm::Set($region),
                    scope_organisation: sea_orm::Set($organisation),
                    scope_session: sea_orm::Set(String::new()),
                    $($column: sea_orm::Set($content),)*
                    data: sea_orm::Set(devisa_ledger::Doc($value.clone())),
                }
            }
        }

        impl devisa_ledger::Row for Model {
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
pub(crate) use resource_table;

/// Reads a resource name at a field of a request.
///
/// # Errors
/// What is wrong with it, as a status.
pub(crate) fn name<N>(
    parse: fn(&str) -> Result<N, RuleBroken>,
    field: &str,
    text: &str,
) -> Result<N, Status> {
    parse(text).map_err(|broken| refuse(Refusal::field(field, broken)))
}

/// That a resource named in a request does not exist.
pub(crate) fn absent(name: &impl ToString) -> RuleBroken {
    RuleBroken::expected("reference.exists", "a resource that exists", name.to_string())
}

/// The resource of a name, if there is one.
pub(crate) async fn find<T: Table>(
    ledger: &Ledger,
    name: &impl ToString,
) -> Result<Option<T::Resource>, Error> {
    let named = Expr::col(Alias::new("name")).eq(name.to_string());
    let row = T::find().filter(named).one(ledger.reader()).await?;
    Ok(row.map(T::resource))
}

/// The resource of a name.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(crate) async fn get<T: Table>(
    ledger: &Ledger,
    name: &impl ToString,
) -> Result<T::Resource, Error> {
    let found = find::<T>(ledger, name).await?;
    found.ok_or_else(|| Refusal::NotFound { resource: name.to_string() }.into())
}

/// What a list request asks for, beyond what its method narrows by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListArgs<'a> {
    /// The full method name.
    pub(crate) method: &'a str,
    /// The parent's name; empty where the list has none.
    pub(crate) parent: &'a str,
    /// The filter as it was sent.
    pub(crate) filter: &'a str,
    /// The size asked for.
    pub(crate) page_size: i32,
    /// The token of the page before.
    pub(crate) page_token: &'a str,
}

impl<'a> ListArgs<'a> {
    /// Every argument of the request but those of the page, by which tokens are told apart. A
    /// parent is a well-formed name by now: it holds no line break.
    pub(crate) fn arguments(&self) -> String {
        format!("{}\n{}", self.parent, self.filter)
    }

    /// The arguments as the ledger takes them.
    pub(crate) fn paged(&self, arguments: &'a str) -> PageArgs<'a> {
        let Self { method, page_size, page_token, .. } = *self;
        PageArgs { page_size, page_token, method, arguments }
    }
}

/// A page of resources, newest first.
pub(crate) async fn list<T: Table>(
    ledger: &Ledger,
    select: Select<T>,
    schema: FilterSchema,
    args: &ListArgs<'_>,
) -> Result<Page<T::Resource>, Error> {
    let select = select.filter(schema.parse(args.filter)?.condition());
    page::<T>(ledger, select, args).await
}

/// A page of what is selected already.
pub(crate) async fn page<T: Table>(
    ledger: &Ledger,
    select: Select<T>,
    args: &ListArgs<'_>,
) -> Result<Page<T::Resource>, Error> {
    let arguments = args.arguments();
    let page = ledger.list::<T>(select, Order::Newest, &args.paged(&arguments)).await?;
    Ok(page.map(T::resource))
}

//! The tables of shipments and of their lines.

use devisa_domain::{
    money::{Currency, Money, Sums},
    shipment::Shipment,
};
use devisa_ledger::{Change, Error, Ledger};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::store::resource_table;

resource_table! {
    /// A shipment's row.
    "shipment" of Shipment as shipment {
        scope_region: shipment.region().map(ToString::to_string).unwrap_or_default(),
        scope_organisation: shipment.facts.exporter.to_string(),
        release: String = shipment.facts.release.as_ref().map(ToString::to_string).unwrap_or_default(),
        exporter: String = shipment.facts.exporter.to_string(),
        state: String = shipment.state().to_string(),
        tier: String = shipment.tier().map(|tier| tier.to_string()).unwrap_or_default(),
        released: i64 = i64::from(shipment.lifecycle.is_released()),
        destination_region_code: String = shipment.facts.destination.to_string(),
        hs_chapters: String = hs_chapters(shipment),
        realised_date: String = shipment.realised_date().map(|date| date.to_string()).unwrap_or_default(),
        peb: String = shipment.peb().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The chapters as a set, `|09|19|`; empty without any.
fn hs_chapters(shipment: &Shipment) -> String {
    let chapters = shipment.facts.hs_chapters();
    if chapters.is_empty() {
        return String::new();
    }
    chapters.into_iter().fold("|".to_owned(), |set, chapter| set + chapter + "|")
}

/// The lines of shipments, for what sums them.
pub(crate) mod line {
    use sea_orm::entity::prelude::*;

    /// A line's row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipment_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) shipment: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line_index: i64,
        pub(crate) description: String,
        pub(crate) hs_code: String,
        pub(crate) hs_chapter: String,
        pub(crate) commodity: String,
        pub(crate) net_kg: String,
        pub(crate) currency: String,
        pub(crate) value_minor: i64,
    }

    /// Rows refer to each other by name only.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The parts of lines that were made in one regency, for what sums them.
pub(crate) mod part {
    use sea_orm::entity::prelude::*;

    /// A part's row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipment_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) shipment: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line_index: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) regency: String,
        pub(crate) value_minor: i64,
    }

    /// Rows refer to each other by name only.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The rows of a shipment's lines.
pub(super) fn lines(shipment: &Shipment) -> impl Iterator<Item = line::ActiveModel> + '_ {
    (0_i64..).zip(&shipment.facts.lines).map(|(line_index, line)| {
        let model = line::Model {
            shipment: shipment.name.to_string(),
            line_index,
            description: line.description.to_string(),
            hs_code: line.hs_code.as_ref().map(ToString::to_string).unwrap_or_default(),
            hs_chapter: line.hs_code.as_ref().map_or("", |hs| hs.chapter()).to_owned(),
            commodity: line.commodity.as_ref().map(ToString::to_string).unwrap_or_default(),
            net_kg: line.weights.net_kg().map(|net| net.to_string()).unwrap_or_default(),
            currency: line.value.currency().code().to_owned(),
            value_minor: line.value.minor(),
        };
        line::ActiveModel::from(model)
    })
}

/// The rows of the parts of a shipment's lines.
pub(super) fn parts(shipment: &Shipment) -> impl Iterator<Item = part::ActiveModel> + '_ {
    shipment.parts().into_iter().map(|made| {
        let model = part::Model {
            shipment: shipment.name.to_string(),
            line_index: i64::try_from(made.line).unwrap_or(i64::MAX),
            regency: made.regency.to_owned(),
            value_minor: made.value.minor(),
        };
        part::ActiveModel::from(model)
    })
}

/// Adds the rows of a shipment's lines and of their parts to a change.
pub(super) fn insert_lines(change: Change, shipment: &Shipment) -> Change {
    let change = lines(shipment).fold(change, Change::insert_part);
    parts(shipment).fold(change, Change::insert_part)
}

/// Replaces the rows of a shipment's lines and of their parts.
pub(super) fn replace_lines(change: Change, shipment: &Shipment) -> Change {
    let change = change.delete_parts::<line::Entity>(line::Column::Shipment, &shipment.name);
    let change = change.delete_parts::<part::Entity>(part::Column::Shipment, &shipment.name);
    insert_lines(change, shipment)
}

/// The shipments of releases by name, those that are CANCELLED left out.
pub(crate) async fn members(
    ledger: &Ledger,
    releases: impl IntoIterator<Item = String>,
) -> Result<Vec<Shipment>, Error> {
    let select = Entity::find()
        .filter(Column::Release.is_in(releases))
        .filter(Column::State.ne("CANCELLED"))
        .order_by_asc(Column::Name);
    let rows = select.all(ledger.reader()).await?;
    Ok(rows.into_iter().map(|row| row.data.0).collect())
}

/// What the shipments of a release are worth together, those that are CANCELLED and the one called
/// `without` left out. The limit on a release's value keeps the sum within 64 bits.
pub(super) async fn value_of_others(
    ledger: &Ledger,
    release: &str,
    without: &str,
) -> Result<Sums, Error> {
    let column = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
    let mut query = Query::select();
    query
        .column(line::Column::Currency)
        .expr_as(Expr::cust("CAST(SUM(value_minor) AS BIGINT)"), Alias::new("minor"))
        .from(Entity)
        .inner_join(
            line::Entity,
            column("shipment_line", "shipment").eq(column("shipment", "name")),
        )
        .and_where(column("shipment", "release").eq(release))
        .and_where(column("shipment", "state").ne("CANCELLED"))
        .and_where(column("shipment", "name").ne(without))
        .group_by_col(line::Column::Currency);
    let mut values = Sums::default();
    for row in ledger.reader().query_all(&query).await? {
        let currency = stored_currency(&row.try_get::<String>("", "currency")?)?;
        let value = Money::from_minor(row.try_get("", "minor")?, currency);
        values.add(value);
    }
    Ok(values)
}

/// A currency of a row.
pub(crate) fn stored_currency(code: &str) -> Result<Currency, sea_orm::DbErr> {
    Currency::parse(code)
        .map_err(|broken| sea_orm::DbErr::Type(format!("stored currency: {broken}")))
}

/// The shipment that has a declaration's registration and is not CANCELLED, another than `name`.
pub(super) async fn holder_of_peb(
    ledger: &Ledger,
    peb: &str,
    name: &str,
) -> Result<Option<String>, Error> {
    let select = Entity::find()
        .filter(Column::Peb.eq(peb))
        .filter(Column::Peb.ne(""))
        .filter(Column::State.ne("CANCELLED"))
        .filter(Column::Name.ne(name));
    Ok(select.one(ledger.reader()).await?.map(|row| row.name))
}

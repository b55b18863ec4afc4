//! Realisations as rows.

use std::collections::BTreeSet;

use devisa_domain::{
    deal::Realisation,
    name::{DealName, ShipmentName},
    time::Timestamp,
};
use devisa_ledger::{Error, Ledger};
use sea_orm::QueryOrder;

use crate::store::{Table, resource_table};

resource_table! {
    /// A realisation's row.
    "realisation" of Realisation as realisation {
        scope_region: String::new(),
        scope_organisation: String::new(),
        deal: String = realisation.deal().to_string(),
        shipment: String = realisation.shipment.to_string(),
        state: String = realisation.standing.as_str().to_owned(),
        amount_minor: i64 = realisation.amount.minor(),
        currency: String = realisation.amount.currency().code().to_owned(),
        delete_time: i64 = realisation.meta.delete_time.map_or(0, Timestamp::micros),
    }
}

/// The realisations of a deal that are not hidden, by name.
pub(crate) async fn of_deal(ledger: &Ledger, deal: &DealName) -> Result<Vec<Realisation>, Error> {
    read(ledger, Column::Deal.eq(deal.to_string())).await
}

/// The realisations of shipments that are not hidden, by name.
pub(crate) async fn of_shipments(
    ledger: &Ledger,
    names: &BTreeSet<ShipmentName>,
) -> Result<Vec<Realisation>, Error> {
    read(ledger, Column::Shipment.is_in(names.iter().map(ToString::to_string))).await
}

async fn read(
    ledger: &Ledger,
    which: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<Realisation>, Error> {
    let select = Entity::find().filter(which).filter(Column::DeleteTime.eq(0));
    let rows = select.order_by_asc(Column::Name).all(ledger.reader()).await?;
    Ok(rows.into_iter().map(Entity::resource).collect())
}

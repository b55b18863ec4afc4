//! Deals as rows.

use devisa_domain::{
    deal::{Deal, State},
    name::SessionName,
};
use devisa_ledger::{Error, Ledger};
use sea_orm::QueryOrder;

use crate::store::{Table, resource_table};

resource_table! {
    /// A deal's row.
    "deal" of Deal as deal {
        name: deal.name(),
        meta: deal.meta(),
        scope_region: String::new(),
        scope_organisation: deal.facts().seller.to_string(),
        scope_session: session(deal),
        session: String = session(deal),
        seller: String = deal.facts().seller.to_string(),
        buyer: String = deal.facts().buyer.to_string(),
        instrument: String = deal.facts().instrument.as_str().to_owned(),
        tier: String = deal.tier().as_str().to_owned(),
        state: String = deal.state().as_str().to_owned(),
        review_state: String = deal.review().state().as_str().to_owned(),
        sign_date: String = sign_date(deal),
        commodity: String = deal.facts().commodity().to_owned(),
        value_minor: i64 = deal.facts().value.minor(),
        currency: String = deal.facts().value.currency().code().to_owned(),
    }
}

/// The session's name; empty for a deal made at none.
fn session(deal: &Deal) -> String {
    deal.session().map(ToString::to_string).unwrap_or_default()
}

/// The day it was signed; empty for a deal that never was.
fn sign_date(deal: &Deal) -> String {
    let date = deal.facts().sign_date.filter(|_| deal.was_signed());
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// The signed deals of a session, fulfilled ones included, by name.
pub(crate) async fn signed_of(ledger: &Ledger, session: &SessionName) -> Result<Vec<Deal>, Error> {
    let select = Entity::find()
        .filter(Column::Session.eq(session.to_string()))
        .filter(Column::State.is_in(State::SIGNED.map(State::as_str)))
        .order_by_asc(Column::Name);
    let rows = select.all(ledger.reader()).await?;
    Ok(rows.into_iter().map(Entity::resource).collect())
}

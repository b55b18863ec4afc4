//! Deals as rows.

use devisa_domain::{
    deal::{Deal, State},
    name::{DealName, SessionName},
    refusal::Refusal,
};
use devisa_ledger::{Doc, Error, Ledger, Row, store::Table};
use sea_orm::{ActiveValue::Set, QueryOrder, entity::prelude::*};

/// A deal's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deal")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
    pub(crate) scope_region: String,
    pub(crate) scope_organisation: String,
    pub(crate) scope_session: String,
    /// Empty for a deal made at none.
    pub(crate) session: String,
    pub(crate) seller: String,
    pub(crate) buyer: String,
    pub(crate) instrument: String,
    pub(crate) tier: String,
    pub(crate) state: String,
    pub(crate) review_state: String,
    /// Empty while it is not known.
    pub(crate) sign_date: String,
    pub(crate) value_minor: i64,
    pub(crate) currency: String,
    pub(crate) data: Doc<Deal>,
}

/// Rows refer to each other by name only.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    fn name(&self) -> &str {
        &self.name
    }

    fn create_time(&self) -> i64 {
        self.create_time
    }
}

impl Table for Entity {
    type Resource = Deal;

    fn resource(row: Model) -> Deal {
        row.data.0
    }
}

impl From<&Deal> for ActiveModel {
    fn from(deal: &Deal) -> Self {
        let (meta, facts) = (deal.meta(), deal.facts());
        let session = deal.session().map(ToString::to_string).unwrap_or_default();
        let sign_date = facts.sign_date.map(|date| date.to_string()).unwrap_or_default();
        Self {
            name: Set(deal.name().to_string()),
            version: Set(meta.version),
            create_time: Set(meta.create_time.micros()),
            update_time: Set(meta.update_time.micros()),
            scope_region: Set(String::new()),
            scope_organisation: Set(facts.seller.to_string()),
            scope_session: Set(session.clone()),
            session: Set(session),
            seller: Set(facts.seller.to_string()),
            buyer: Set(facts.buyer.to_string()),
            instrument: Set(facts.instrument.as_str().to_owned()),
            tier: Set(deal.tier().as_str().to_owned()),
            state: Set(deal.state().as_str().to_owned()),
            review_state: Set(deal.review().state().as_str().to_owned()),
            sign_date: Set(sign_date),
            value_minor: Set(facts.value.minor()),
            currency: Set(facts.value.currency().code().to_owned()),
            data: Set(Doc(deal.clone())),
        }
    }
}

/// The deal of this name, if there is one.
pub(crate) async fn find(ledger: &Ledger, name: &DealName) -> Result<Option<Deal>, Error> {
    let row = Entity::find_by_id(name.to_string()).one(ledger.reader()).await?;
    Ok(row.map(|row| row.data.0))
}

/// The deal of this name.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(super) async fn get(ledger: &Ledger, name: &DealName) -> Result<Deal, Error> {
    let found = find(ledger, name).await?;
    found.ok_or_else(|| Refusal::NotFound { resource: name.to_string() }.into())
}

/// The signed deals of a session, by name.
pub(crate) async fn signed_of(ledger: &Ledger, session: &SessionName) -> Result<Vec<Deal>, Error> {
    let select = Entity::find()
        .filter(Column::Session.eq(session.to_string()))
        .filter(Column::State.eq(State::Signed.as_str()))
        .order_by_asc(Column::Name);
    let rows = select.all(ledger.reader()).await?;
    Ok(rows.into_iter().map(|row| row.data.0).collect())
}

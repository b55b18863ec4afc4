//! What decisions about organisations rest on.

use devisa_domain::{
    identifier::{nib::Nib, npwp::Npwp},
    name::OrganisationName,
    refusal::Refusal,
    registry::organisation::{Organisation, OrganisationFacts},
};
use devisa_ledger::{Error, GuardSeen, Ledger};
use devisa_proto::{convert::registry::render_organisation, mask::Said, registry::v1 as wire};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    decide,
    rows::{Column, Entity},
};
use crate::store::{self, Table};

/// An organisation as it is, and who has the numbers that it shall have.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The organisation of that name.
    pub(super) existing: Option<Organisation>,
    /// The numbers, and who has them.
    pub(super) claimed: Vec<Claimed>,
}

/// The numbers of an organisation that no other may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    nib: Option<Nib>,
    npwp: Option<Npwp>,
}

impl Numbers {
    /// Those of a message, as far as they are well formed.
    pub(super) fn of(message: &wire::Organisation) -> Self {
        Self { nib: Nib::parse(&message.nib).ok(), npwp: Npwp::parse(&message.npwp).ok() }
    }
}

impl From<&OrganisationFacts> for Numbers {
    fn from(facts: &OrganisationFacts) -> Self {
        Self { nib: facts.nib.clone(), npwp: facts.npwp.clone() }
    }
}

/// A kind of number that only one organisation may have.
#[derive(Debug)]
struct Kind {
    column: Column,
    field: &'static str,
    rule: &'static str,
    expected: &'static str,
    of: fn(&Numbers) -> Option<&str>,
}

const KINDS: &[Kind] = &[
    Kind {
        column: Column::Nib,
        field: "nib",
        rule: "nib.taken",
        expected: "a NIB of no other organisation",
        of: |numbers| numbers.nib.as_ref().map(Nib::as_str),
    },
    Kind {
        column: Column::Npwp,
        field: "npwp",
        rule: "npwp.taken",
        expected: "an NPWP of no other organisation",
        of: |numbers| numbers.npwp.as_ref().map(Npwp::as_str),
    },
];

/// A number that an organisation shall have.
#[derive(Debug)]
pub(super) struct Claimed {
    kind: &'static Kind,
    number: String,
    /// The guard of the number; whoever takes it moves it.
    pub(super) guard: GuardSeen,
    /// Who has it, of those that are not deleted.
    owner: Option<OrganisationName>,
}

impl Claimed {
    /// Whether it is one of these numbers.
    pub(super) fn is_among(&self, numbers: &Numbers) -> bool {
        (self.kind.of)(numbers) == Some(&self.number)
    }

    /// That another organisation than `name` has it.
    pub(super) fn refused(&self, name: Option<&OrganisationName>, place: Place) -> Option<Refusal> {
        let Kind { field, rule, expected, .. } = self.kind;
        let owner = self.owner.as_ref().filter(|owner| name != Some(*owner))?;
        let field = match place {
            Place::Name => "name".to_owned(),
            Place::Message => format!("organisation.{field}"),
        };
        Some(Refusal::taken(&field, rule, expected, &self.number, owner))
    }
}

/// Where a request says which numbers an organisation shall have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// By the organisation's name.
    Name,
    /// In the organisation that it holds.
    Message,
}

/// Loads what creating or changing an organisation rests on; `numbers` are those that it may take.
pub(super) async fn snapshot(
    ledger: &Ledger,
    name: &OrganisationName,
    numbers: &Numbers,
) -> Result<Snapshot, Error> {
    let claimed = claimed(ledger, numbers).await?;
    Ok(Snapshot { existing: store::find::<Entity>(ledger, name).await?, claimed })
}

/// Loads what taking a deletion back rests on: who has the organisation's numbers now. A deleted
/// organisation keeps its facts, so that they are still those when it is read again.
pub(super) async fn deleted(ledger: &Ledger, name: &OrganisationName) -> Result<Snapshot, Error> {
    let existing = store::find::<Entity>(ledger, name).await?;
    let numbers = existing.map(|existing| Numbers::from(&existing.facts)).unwrap_or_default();
    snapshot(ledger, name, &numbers).await
}

/// Which of the numbers that an organisation shall have and had not `before` are those of another.
pub(super) async fn taken(
    ledger: &Ledger,
    numbers: &Numbers,
    before: Option<&Organisation>,
) -> Result<Option<Refusal>, Error> {
    let had = before.map(|before| Numbers::from(&before.facts)).unwrap_or_default();
    let name = before.map(|before| &before.name);
    let claimed = claimed(ledger, numbers).await?;
    let new = claimed.iter().filter(|claimed| !claimed.is_among(&had));
    Ok(Refusal::together(new.filter_map(|claimed| claimed.refused(name, Place::Message))))
}

/// What else is wrong with an update that cannot be read.
pub(super) async fn also_wrong(
    ledger: &Ledger,
    asked: &wire::UpdateOrganisationRequest,
) -> Result<Option<Refusal>, Error> {
    let Some(patch) = &asked.organisation else { return Ok(None) };
    let name = OrganisationName::parse(&patch.name);
    let Some(current) = store::find_if_named::<Entity>(ledger, name).await? else {
        return Ok(None);
    };
    let before = render_organisation(&current);
    let said = Said::of(asked.update_mask.as_ref(), &before, patch);
    let taken = taken(ledger, &Numbers::of(&said.message), Some(&current)).await?;
    let malformed = decide::stated(said.message.clone(), ledger.clock().today()).err();
    Ok(said.faults(malformed.into_iter().chain(taken)))
}

/// The guard is read first: whoever takes the number after that moves it.
async fn claimed(ledger: &Ledger, numbers: &Numbers) -> Result<Vec<Claimed>, Error> {
    let mut claimed = Vec::new();
    for kind in KINDS {
        let Some(number) = (kind.of)(numbers) else { continue };
        let guard = ledger.guard(format!("{}/{number}", kind.field)).await?;
        let holder =
            Entity::find().filter(kind.column.eq(number)).filter(Column::DeleteTime.eq(0_i64));
        let owner = holder.one(ledger.reader()).await?.map(|row| Entity::resource(row).name);
        claimed.push(Claimed { kind, number: number.to_owned(), guard, owner });
    }
    Ok(claimed)
}

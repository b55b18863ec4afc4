//! Organisations.

use devisa_domain::identifier::{country::RegionCode, nib::Nib, npwp::Npwp};
use devisa_proto::registry::v1::{
    CreateOrganisationRequest, DeleteOrganisationRequest, Organisation,
    UndeleteOrganisationRequest, UpdateOrganisationRequest,
};

use super::Registry;
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, Taken, check_free, check_mask, get, overlay, wire_time},
    taken,
};

const FIELDS: &[Taken<Organisation>] = taken!(
    Organisation: display_name, region_code, legal_name, legal_form, roles, village, nib, npwp,
    aliases, size, provenance,
);
const OUTPUTS: &[&str] = &["name", "etag", "create_time", "update_time", "delete_time"];

/// A number of an organisation, as it is kept.
type Of = fn(&Organisation) -> String;

/// Where a message says its numbers, and where a name does.
const MESSAGE: [&str; 2] = ["organisation.nib", "organisation.npwp"];
const NAME: [&str; 2] = ["name", "name"];

/// The organisation in the form in which it is kept, or what is wrong with it.
fn read(organisation: &Organisation) -> Answer<Organisation> {
    let mut faults = Faults::default();
    let mut kept = organisation.clone();
    faults.required(!kept.display_name.is_empty(), "organisation.display_name");
    faults.required(!kept.region_code.is_empty(), "organisation.region_code");
    let region = faults.optional("organisation.region_code", &kept.region_code, RegionCode::parse);
    let nib = faults.optional("organisation.nib", &kept.nib, Nib::parse);
    let npwp = faults.optional("organisation.npwp", &kept.npwp, Npwp::parse);
    kept.region_code = region.map(|code| code.to_string()).unwrap_or_default();
    kept.nib = nib.map(|nib| nib.to_string()).unwrap_or_default();
    kept.npwp = npwp.map(|npwp| npwp.to_string()).unwrap_or_default();
    let abroad = !kept.region_code.is_empty() && kept.region_code != "ID";
    faults.unless(kept.village.is_empty() || !abroad, "organisation.village", "VILLAGE_COUNTRY");
    kept.roles.sort_unstable();
    let twice = kept.roles.windows(2).any(|pair| pair[0] == pair[1]);
    faults.unless(!twice, "organisation.roles", "ROLES_DUPLICATE");
    faults.none().map(|()| kept)
}

impl Registry {
    /// What is wrong with a request to create an organisation.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_organisation(&self, request: &CreateOrganisationRequest) -> Answer<()> {
        let stated = request.organisation.clone().unwrap_or_default();
        Refused::telling(read(&stated).map(|_| ()), self.check_numbers(&stated, None, MESSAGE))
    }

    /// Creates an organisation.
    ///
    /// # Errors
    /// `RESOURCE_EXISTS` for its name or a number.
    pub fn create_organisation(
        &mut self,
        moment: &mut Moment,
        request: &CreateOrganisationRequest,
    ) -> Answer<Organisation> {
        let name = format!("organisations/{}", request.organisation_id);
        let organisation = read(&request.organisation.clone().unwrap_or_default())?;
        let organisation = organisation.first(&name, moment.now);
        let free = check_free(&self.organisations, &name, "organisation_id");
        Refused::both(free, self.check_numbers(&organisation, None, MESSAGE))?;
        self.keep_organisation(moment, "created", organisation)
    }

    /// What is wrong with a request to change an organisation, whatever its version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_organisation(&self, request: &UpdateOrganisationRequest) -> Answer<()> {
        let patch = request.organisation.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.organisations, &patch, mask, FIELDS, OUTPUTS, |laid, current| {
            Refused::both(read(laid), self.check_numbers(laid, Some(current), MESSAGE)).map(|_| ())
        })
    }

    /// Changes the masked fields.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_organisation(
        &mut self,
        moment: &mut Moment,
        request: &UpdateOrganisationRequest,
    ) -> Answer<Organisation> {
        let patch = request.organisation.clone().unwrap_or_default();
        let current = get(&self.organisations, &patch.name)?;
        current.check_present()?;
        current.check_etag(&patch.etag)?;
        let mask = request.update_mask.as_ref();
        let laid = overlay(&current, &patch, mask, FIELDS, OUTPUTS)?;
        let free = self.check_numbers(&laid, Some(&current), MESSAGE);
        let (next, ()) = Refused::both(read(&laid), free)?;
        if next == current {
            return Ok(current);
        }
        self.keep_organisation(moment, "updated", next.after(&current, moment.now))
    }

    /// Deletes it; its numbers are free.
    ///
    /// # Errors
    /// As the contract says.
    pub fn delete_organisation(
        &mut self,
        moment: &mut Moment,
        request: &DeleteOrganisationRequest,
    ) -> Answer<Organisation> {
        let current = get(&self.organisations, &request.name)?;
        if current.is_deleted() {
            return Err(Refused::absent(&request.name));
        }
        current.check_etag(&request.etag)?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = Some(wire_time(next.updated()));
        self.keep_organisation(moment, "deleted", next)
    }

    /// Takes the deletion back.
    ///
    /// # Errors
    /// As the contract says.
    pub fn undelete_organisation(
        &mut self,
        moment: &mut Moment,
        request: &UndeleteOrganisationRequest,
    ) -> Answer<Organisation> {
        let current = get(&self.organisations, &request.name)?;
        if !current.is_deleted() {
            return Err(Refused::exists(&request.name));
        }
        current.check_etag(&request.etag)?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = None;
        self.check_numbers(&next, None, NAME)?;
        self.keep_organisation(moment, "undeleted", next)
    }

    /// A NIB and an NPWP belong to one organisation that is not deleted; those that it had before
    /// are its own.
    fn check_numbers(
        &self,
        organisation: &Organisation,
        before: Option<&Organisation>,
        [nib, npwp]: [&str; 2],
    ) -> Answer<()> {
        let numbers: [(&str, &str, Of); 2] = [
            (nib, "NIB_TAKEN", |o| {
                Nib::parse(&o.nib).map(|nib| nib.to_string()).unwrap_or_default()
            }),
            (npwp, "NPWP_TAKEN", |o| {
                Npwp::parse(&o.npwp).map(|npwp| npwp.to_string()).unwrap_or_default()
            }),
        ];
        let mut refused = vec![];
        for (field, rule, of) in numbers {
            let number = of(organisation);
            let is_new = before.is_none_or(|before| of(before) != number);
            let others = self.organisations.values().filter(|o| o.name != organisation.name);
            let mut owners = others.filter(|o| !o.is_deleted() && of(o) == number);
            if let Some(owner) = owners.next().filter(|_| is_new && !number.is_empty()) {
                refused.push(Refused::exists(&owner.name).at(field, rule));
            }
        }
        Refused::together(refused).map_or(Ok(()), Err)
    }

    fn keep_organisation(
        &mut self,
        moment: &mut Moment,
        what: &str,
        organisation: Organisation,
    ) -> Answer<Organisation> {
        self.organisations.insert(organisation.name.clone(), organisation.clone());
        moment.tell(&format!("organisation.{what}"), &organisation);
        Ok(organisation)
    }
}

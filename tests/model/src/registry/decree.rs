//! Decrees, alone and with their villages.

use devisa_domain::time::Date;
use devisa_proto::registry::v1::{
    CreateDecreeRequest, Decree, ImportDecreeRequest, ImportDecreeResponse,
};

use super::{Registry, filters::in_region};
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, check_free, check_parent, check_past, get},
};

fn check(faults: &mut Faults, today: Date, id: &str, decree: &Decree) {
    faults.required(!id.is_empty(), "decree_id");
    faults.required(!decree.number.is_empty(), "decree.number");
    faults.required(!decree.issuer.is_empty(), "decree.issuer");
    faults.required(decree.declared_village_count != 0, "decree.declared_village_count");
    check_past(faults, "decree.issue_date", decree.issue_date.as_ref(), today);
}

impl Registry {
    /// What is wrong with a request to record a decree.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_decree(&self, today: Date, request: &CreateDecreeRequest) -> Answer<()> {
        let mut faults = Faults::default();
        let decree = request.decree.clone().unwrap_or_default();
        check(&mut faults, today, &request.decree_id, &decree);
        Refused::telling(faults.none(), check_parent(&self.programmes, &request.parent))
    }

    /// Records a decree.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_decree(
        &mut self,
        moment: &mut Moment,
        request: &CreateDecreeRequest,
    ) -> Answer<Decree> {
        get(&self.programmes, &request.parent)?;
        let name = format!("{}/decrees/{}", request.parent, request.decree_id);
        check_free(&self.decrees, &name, "decree_id")?;
        let decree = request.decree.clone().unwrap_or_default().first(&name, moment.now);
        self.decrees.insert(name, decree.clone());
        moment.tell("decree.created", &decree);
        Ok(decree)
    }

    /// What is wrong with an import.
    ///
    /// # Errors
    /// The violations.
    pub fn check_import(&self, today: Date, request: &ImportDecreeRequest) -> Answer<()> {
        let mut faults = Faults::default();
        let decree = request.decree.clone().unwrap_or_default();
        check(&mut faults, today, &request.decree_id, &decree);
        let sound = faults.is_empty();
        faults.required(!request.villages.is_empty(), "villages");
        for (index, village) in request.villages.iter().enumerate() {
            let field = format!("villages[{index}]");
            if sound && !in_region(village, &decree.region) {
                faults.unless(false, &field, "DECREE_REGION");
            } else {
                let earlier = &request.villages[..index];
                faults.unless(!earlier.contains(village), &field, "VILLAGES_DUPLICATE");
            }
        }
        Refused::telling(faults.none(), check_parent(&self.programmes, &request.parent))
    }

    /// Records a decree and designates its villages, or nothing.
    ///
    /// # Errors
    /// As the contract says.
    pub fn import(
        &mut self,
        moment: &mut Moment,
        request: &ImportDecreeRequest,
    ) -> Answer<ImportDecreeResponse> {
        let ImportDecreeRequest { parent, decree_id, decree, .. } = request.clone();
        let create = CreateDecreeRequest { parent, decree_id, decree, ..Default::default() };
        let decree = self.create_decree(moment, &create)?;
        let mut response = ImportDecreeResponse::default();
        let mut villages: Vec<_> = request.villages.iter().enumerate().collect();
        villages.sort_by_key(|(_, village)| *village);
        let mut forbidden = Faults::default();
        for (index, village) in villages {
            match self.designated(moment, &decree, &request.parent, village) {
                Err(rule) => forbidden.unless(false, &format!("villages[{index}]"), rule),
                Ok((enrolment, new)) => {
                    response.created_count += i32::from(new);
                    let what = if new { "created" } else { "advanced" };
                    response.enrolments.push(self.keep_enrolment(moment, what, enrolment)?);
                }
            }
        }
        forbidden.none().map_err(|told| Refused { fields: told.fields, ..Refused::state() })?;
        response.decree = Some(decree);
        Ok(response)
    }
}

//! What is written.

use super::*;

impl World {
    pub(super) async fn organisation(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateOrganisation(r) => change!(
                self, step, r, "CreateOrganisation", OrganisationServiceClient.create_organisation,
                |state, _moment, it| state.check_create_organisation(it), create_organisation,
                validate: validate_only
            ),
            Op::UpdateOrganisation(r) => change!(
                self,
                step,
                r,
                "UpdateOrganisation",
                OrganisationServiceClient.update_organisation,
                |state, _moment, it| state.check_update_organisation(it),
                update_organisation
            ),
            Op::DeleteOrganisation(r) => change!(
                self,
                step,
                r,
                "DeleteOrganisation",
                OrganisationServiceClient.delete_organisation,
                delete_organisation
            ),
            Op::UndeleteOrganisation(r) => change!(
                self,
                step,
                r,
                "UndeleteOrganisation",
                OrganisationServiceClient.undelete_organisation,
                undelete_organisation
            ),
            _ => Ok(()),
        }
    }

    pub(super) async fn product(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateProduct(r) => change!(
                self, step, r, "CreateProduct", ProductServiceClient.create_product,
                |state, _moment, it| state.check_create_product(it), create_product,
                validate: validate_only
            ),
            Op::UpdateProduct(r) => change!(
                self,
                step,
                r,
                "UpdateProduct",
                ProductServiceClient.update_product,
                |state, _moment, it| state.check_update_product(it),
                update_product
            ),
            Op::DeleteProduct(r) => change!(
                self,
                step,
                r,
                "DeleteProduct",
                ProductServiceClient.delete_product,
                delete_product
            ),
            Op::UndeleteProduct(r) => change!(
                self,
                step,
                r,
                "UndeleteProduct",
                ProductServiceClient.undelete_product,
                undelete_product
            ),
            _ => Ok(()),
        }
    }

    pub(super) async fn programme(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateProgramme(r) => change!(
                self, step, r, "CreateProgramme", ProgrammeServiceClient.create_programme,
                |_state, _moment, it| Registry::check_create_programme(it), create_programme,
                validate: validate_only
            ),
            Op::CreateDecree(r) => change!(
                self, step, r, "CreateDecree", DecreeServiceClient.create_decree,
                |state, moment, it| state.check_create_decree(moment.today(), it), create_decree,
                validate: validate_only
            ),
            Op::ImportDecree(r) => change!(
                self, step, r, "ImportDecree", DecreeServiceClient.import_decree,
                |state, moment, it| state.check_import(moment.today(), it), import,
                validate: validate_only
            ),
            Op::CreateEnrolment(r) => change!(
                self, step, r, "CreateEnrolment", EnrolmentServiceClient.create_enrolment,
                |state, moment, it| state.check_create_enrolment(moment.today(), it),
                create_enrolment, validate: validate_only
            ),
            Op::Advance(r) => change!(
                self, step, r, "AdvanceEnrolment", EnrolmentServiceClient.advance_enrolment,
                |state, moment, it| state.check_advance(moment.today(), it), advance,
                validate: validate_only
            ),
            Op::CreateRate(r) => change!(
                self, step, r, "CreateExchangeRate",
                ExchangeRateServiceClient.create_exchange_rate,
                |state, _moment, it| state.check_create_rate(it), create_rate,
                validate: validate_only
            ),
            _ => Ok(()),
        }
    }
}

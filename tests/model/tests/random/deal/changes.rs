//! What is written.

use super::*;

impl World {
    pub(super) async fn change(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateSession(r) => change!(
                self, step, r, "CreateSession", SessionServiceClient.create_session,
                |state, _moment, it| state.check_create_session(it), create_session,
                validate: validate_only
            ),
            Op::UpdateSession(r) => change!(
                self,
                step,
                r,
                "UpdateSession",
                SessionServiceClient.update_session,
                |state, _moment, it| state.check_update_session(it),
                update_session
            ),
            Op::CreateDeal(r) => change!(
                self, step, r, "CreateDeal", DealServiceClient.create_deal,
                |state, _moment, it| state.check_create_deal(it), create_deal, validate: validate_only
            ),
            Op::UpdateDeal(r) => change!(
                self,
                step,
                r,
                "UpdateDeal",
                DealServiceClient.update_deal,
                |state, _moment, it| state.check_update_deal(it),
                update_deal
            ),
            Op::Sign(r) => change!(
                self, step, r, "SignDeal", DealServiceClient.sign_deal,
                sign, validate: validate_only
            ),
            Op::Review(r) => change!(
                self, step, r, "ReviewDeal", DealServiceClient.review_deal,
                |_state, _moment, it| Deals::check_review(it), review, validate: validate_only
            ),
            Op::Lapse(r) => change!(
                self, step, r, "LapseDeal", DealServiceClient.lapse_deal,
                lapse, validate: validate_only
            ),
            Op::Withdraw(r) => change!(
                self, step, r, "WithdrawDeal", DealServiceClient.withdraw_deal,
                withdraw, validate: validate_only
            ),
            Op::CreateRealisation(r) => change!(
                self, step, r, "CreateRealisation", RealisationServiceClient.create_realisation,
                |state, _moment, it| state.check_create_realisation(it), create_realisation,
                validate: validate_only
            ),
            Op::DeleteRealisation(r) => change!(
                self, step, r, "DeleteRealisation", RealisationServiceClient.delete_realisation,
                delete_realisation, validate: validate_only
            ),
            _ => Ok(()),
        }
    }

    /// An organisation gets another size class in the registry.
    pub(super) async fn resize(&mut self, of: usize, class: Option<Class>) -> Result<(), String> {
        let name = format!("organisations/{}", ORGANISATIONS[of].0);
        let size = class.map(|class| OrganisationSize {
            scheme: Scheme::Pp7Sales.into(),
            class: class.into(),
            ..Default::default()
        });
        let mut client = OrganisationServiceClient::new(self.goods.registry.clone());
        let now = client.get_organisation(GetOrganisationRequest { name: name.clone() });
        let now = now.await.unwrap().into_inner();
        let request = UpdateOrganisationRequest {
            organisation: Some(Organisation { size, ..now }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["size".to_owned()] }),
            ..Default::default()
        };
        client.update_organisation(request).await.unwrap();
        self.model.state.organisations.insert(name, class);
        Ok(())
    }
}

//! What is written.

use super::*;

impl World {
    pub(super) async fn change(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateSponsorship(r) => change!(
                self, step, r, "CreateSponsorship", SponsorshipServiceClient.create_sponsorship,
                |state, _moment, it| state.check_create_sponsorship(it), create_sponsorship,
                validate: validate_only
            ),
            Op::DeleteSponsorship(r) => change!(
                self, step, r, "DeleteSponsorship", SponsorshipServiceClient.delete_sponsorship,
                delete_sponsorship, validate: validate_only
            ),
            Op::CreateRelease(r) => change!(
                self, step, r, "CreateRelease", ReleaseServiceClient.create_release,
                |_state, _moment, it| Shipments::check_create_release(it), create_release,
                validate: validate_only
            ),
            Op::UpdateRelease(r) => change!(
                self,
                step,
                r,
                "UpdateRelease",
                ReleaseServiceClient.update_release,
                |state, _moment, it| state.check_update_release(it),
                update_release
            ),
            Op::Dispatch(r) => change!(
                self, step, r, "DispatchRelease", ReleaseServiceClient.dispatch_release,
                dispatch_release, validate: validate_only
            ),
            Op::CancelRelease(r) => change!(
                self, step, r, "CancelRelease", ReleaseServiceClient.cancel_release,
                cancel_release, validate: validate_only
            ),
            _ => self.change_shipment(step).await,
        }
    }

    async fn change_shipment(&mut self, step: &Step) -> Result<(), String> {
        match &step.op {
            Op::CreateShipment(r) => change!(
                self, step, r, "CreateShipment", ShipmentServiceClient.create_shipment,
                |state, _moment, it| state.check_create_shipment(it), create_shipment,
                validate: validate_only
            ),
            Op::UpdateShipment(r) => change!(
                self,
                step,
                r,
                "UpdateShipment",
                ShipmentServiceClient.update_shipment,
                |state, _moment, it| state.check_update_shipment(it),
                update_shipment
            ),
            Op::Confirm(r) => change!(
                self, step, r, "ConfirmShipment", ShipmentServiceClient.confirm_shipment,
                confirm_shipment, validate: validate_only
            ),
            Op::CancelShipment(r) => change!(
                self, step, r, "CancelShipment", ShipmentServiceClient.cancel_shipment,
                cancel_shipment, validate: validate_only
            ),
            Op::Record(r) => change!(
                self, step, r, "RecordMilestone", MilestoneServiceClient.record_milestone,
                |state, moment, it| state.check_record_of(moment.now, it), record,
                validate: validate_only
            ),
            Op::RecordAll(r) => change!(
                self, step, r, "BatchRecordMilestones",
                MilestoneServiceClient.batch_record_milestones,
                |_state, _moment, it| Shipments::check_record_all(it), record_all,
                validate: validate_only
            ),
            _ => Ok(()),
        }
    }

    /// Sends rows, and compares what became of each.
    pub(super) async fn import(
        &mut self,
        step: &Step,
        rows: &[ImportShipmentsRequest],
    ) -> Result<(), String> {
        let actor = ACTORS[step.manner.actor];
        let mut client = ShipmentServiceClient::new(self.channel.clone());
        let request = by(actor, tokio_stream::iter(rows.to_vec()));
        let mut results = client.import_shipments(request).await.unwrap().into_inner();
        for row in rows {
            let call = Call {
                method: "ImportShipments",
                actor: actor.to_owned(),
                now: self.clock.now(),
                request_id: String::new(),
                request: vec![],
                validate_only: row.validate_only,
            };
            let model = self.model.mutate(
                &call,
                |state, _| state.check_import(row),
                |state, moment| state.import(moment, row),
            );
            let result = results.message().await.map_err(|status| format!("{row:?}: {status}"))?;
            let result = result.unwrap_or_default();
            let found = match &result.error {
                None => Ok(result.shipment.clone()),
                Some(error) => Err(refused(&Status::with_details(
                    error.code.into(),
                    error.message.clone(),
                    error.encode_to_vec().into(),
                ))),
            };
            same(&format!("{row:?}"), &model.map(|shipment| shipment.name), &found)?;
            let numbers = (result.row_number, result.committed_row_number);
            same("the row's number", &(row.row_number, row.row_number), &numbers)?;
        }
        let more = results.message().await.map_err(|status| status.to_string())?;
        same("a result without a row", &None, &more)
    }
}

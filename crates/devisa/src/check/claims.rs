//! The figures of a statement, put to the services that know them.

use devisa_proto::{
    convert::{common::render_date, figure::MAX_CLAIMS},
    deal::v1::summary_service_client::SummaryServiceClient as DealSummaries,
    figure::v1::{CheckFiguresRequest, Claim, ClaimVerdict},
    registry::v1::summary_service_client::SummaryServiceClient as RegistrySummaries,
    shipment::v1::summary_service_client::SummaryServiceClient as ShipmentSummaries,
};
use tonic::Status;

use super::statement::StatedFigure;
use crate::{
    cli::ServiceName,
    client::{self, Client, Refused, patiently, within_deadline},
    exit::{Exit, Failure},
    yaml::Place,
};

const SERVICES: [ServiceName; 3] =
    [ServiceName::Registry, ServiceName::Shipment, ServiceName::Deal];

/// What the records say of the figures, in their order.
pub(super) async fn check(
    client: &Client,
    figures: &[StatedFigure],
) -> Result<Vec<ClaimVerdict>, Failure> {
    let mut verdicts = vec![None; figures.len()];
    for service in SERVICES {
        let known = figures.iter().enumerate().filter(|(_, f)| f.metric.service == service);
        for batch in known.collect::<Vec<_>>().chunks(MAX_CLAIMS) {
            let stated: Vec<_> = batch.iter().map(|(_, figure)| *figure).collect();
            let answered = ask(client, service, &stated).await?;
            for ((index, _), verdict) in batch.iter().zip(answered) {
                verdicts[*index] = Some(verdict);
            }
        }
    }
    let verdicts: Option<Vec<_>> = verdicts.into_iter().collect();
    verdicts.ok_or_else(|| Failure::internal("a figure has no verdict"))
}

async fn ask(
    client: &Client,
    service: ServiceName,
    batch: &[&StatedFigure],
) -> Result<Vec<ClaimVerdict>, Failure> {
    let claims: Vec<_> = batch.iter().map(|stated| claim(stated)).collect();
    let verdicts = match call(client, service, &claims).await {
        Ok(verdicts) => verdicts,
        Err(status) => return Err(refused(client, service, batch, &status).await),
    };
    if verdicts.len() != batch.len() {
        let (asked, told) = (batch.len(), verdicts.len());
        return Err(Failure::internal(format!("{asked} figures were asked, {told} answered")));
    }
    Ok(verdicts)
}

fn claim(stated: &StatedFigure) -> Claim {
    Claim {
        text: stated.figure.text().to_owned(),
        metric: stated.metric.name.to_owned(),
        of: stated.of.clone(),
        filter: stated.filter.clone(),
        as_of: Some(render_date(stated.as_of)),
    }
}

async fn call(
    client: &Client,
    service: ServiceName,
    claims: &[Claim],
) -> Result<Vec<ClaimVerdict>, Status> {
    let asking = || async {
        let request = within_deadline(CheckFiguresRequest { claims: claims.to_vec() });
        let channel = client.channel();
        match service {
            ServiceName::Registry => RegistrySummaries::new(channel).check_figures(request).await,
            ServiceName::Shipment => ShipmentSummaries::new(channel).check_figures(request).await,
            ServiceName::Deal => DealSummaries::new(channel).check_figures(request).await,
        }
    };
    Ok(patiently(asking).await?.into_inner().verdicts)
}

/// The refusal with the place of the figure that it is about; where it names none, the figures are
/// asked one by one.
async fn refused(
    client: &Client,
    service: ServiceName,
    batch: &[&StatedFigure],
    status: &Status,
) -> Failure {
    let failure = client::failure(status);
    if failure.exit != Exit::Refused {
        return failure;
    }
    if let Some(place) = place(status, batch) {
        return failure.after(&format!("{place}: the figure"));
    }
    for stated in batch {
        if let Err(status) = call(client, service, &[claim(stated)]).await {
            let failure = client::failure(&status);
            return failure.after(&format!("{}: the figure", stated.node.place));
        }
    }
    failure
}

fn place<'f>(status: &Status, batch: &[&'f StatedFigure]) -> Option<&'f Place> {
    let refused = Refused::from(status);
    if let Some((path, _)) = refused.violations.first() {
        let (index, field) = path.strip_prefix("claims[")?.split_once(']')?;
        let stated = batch.get(index.parse::<usize>().ok()?)?;
        return Some(&stated.node.nearest(field.trim_start_matches('.')).place);
    }
    let named = |stated: &&&StatedFigure| stated.of == refused.resource;
    let stated = batch.iter().find(named).or(batch.first().filter(|_| batch.len() == 1))?;
    Some(&stated.node.place)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic::Code;
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;
    use crate::check::statement;

    fn figures() -> Vec<StatedFigure> {
        let text = "\
event_date: 2025-11-26
figures:
  - {text: enam truk, metric: release_truck_count, of: releases/a}
  - {text: enam negara, metric: release_destination_count, of: releases/b}
";
        statement::read("s.yaml", text).unwrap().figures
    }

    #[test]
    fn a_refusal_is_placed_by_its_field_or_its_resource() {
        let figures = figures();
        let batch: Vec<_> = figures.iter().collect();
        let place = |details: ErrorDetails, batch: &[&StatedFigure]| {
            let status = Status::with_error_details(Code::InvalidArgument, "no", details);
            place(&status, batch).map(ToString::to_string)
        };
        let field = ErrorDetails::with_bad_request_violation("claims[1].of", "broken");
        assert_eq!(place(field, &batch).as_deref(), Some("s.yaml:4:64"));
        let mut missing = ErrorDetails::new();
        missing.set_resource_info("release", "releases/b", "", "");
        assert_eq!(place(missing, &batch).as_deref(), Some("s.yaml:4:5"));
        let reason = || ErrorDetails::with_error_info("FILTER_INVALID", "devisa", HashMap::new());
        assert_eq!(place(reason(), &batch), None);
        assert_eq!(place(reason(), &batch[..1]).as_deref(), Some("s.yaml:3:5"));
    }
}

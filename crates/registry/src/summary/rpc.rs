//! `devisa.registry.v1.SummaryService`.

use devisa_ledger::Error;
use devisa_proto::{
    convert::figure::{Claims, parse_claims},
    figure::v1::{CheckFiguresRequest, CheckFiguresResponse},
    registry::v1::summary_service_server::SummaryService,
};
use devisa_server::refuse;
use tonic::{Request, Response, Status};

use super::{check, metric::Metric};
use crate::Handlers;

#[tonic::async_trait]
impl SummaryService for Handlers {
    async fn check_figures(
        &self,
        request: Request<CheckFiguresRequest>,
    ) -> Result<Response<CheckFiguresResponse>, Status> {
        let now = self.ledger.clock().now();
        let claims = parse_claims::<Metric>(request.into_inner(), now.jakarta_date());
        let Claims { read, mut verdicts } = claims.map_err(refuse)?;
        for claim in read {
            let finding = check::find(&self.ledger, &claim, now).await;
            verdicts.add(claim, Error::refused(finding).map_err(refuse)?);
        }
        verdicts.finish().map(Response::new).map_err(refuse)
    }
}

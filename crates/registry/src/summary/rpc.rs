//! `devisa.registry.v1.SummaryService`.

use devisa_proto::{
    convert::figure::{parse_claims, render_verdict},
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
        let claims = claims.map_err(refuse)?;
        let mut verdicts = Vec::with_capacity(claims.len());
        for claim in claims {
            let finding = check::find(&self.ledger, &claim, now).await.map_err(refuse)?;
            verdicts.push(render_verdict(claim, &finding));
        }
        Ok(Response::new(CheckFiguresResponse { verdicts }))
    }
}

//! `devisa.shipment.v1.SummaryService`.

use devisa_ledger::PageArgs;
use devisa_proto::{
    convert::{
        figure::{parse_claims, render_verdict},
        shipment::summary::{ShipmentMetric, parse_summary, render_summary},
    },
    figure::v1::{CheckFiguresRequest, CheckFiguresResponse},
    shipment::v1::{
        SummarizeShipmentsRequest, SummarizeShipmentsResponse,
        summary_service_server::SummaryService,
    },
};
use devisa_server::{caller, refuse};
use tonic::{Request, Response, Status};

use super::filter::filters;
use crate::Handlers;

const SUMMARIZE: &str = "devisa.shipment.v1.SummaryService/SummarizeShipments";

#[tonic::async_trait]
impl SummaryService for Handlers {
    async fn summarize_shipments(
        &self,
        request: Request<SummarizeShipmentsRequest>,
    ) -> Result<Response<SummarizeShipmentsResponse>, Status> {
        let caller = caller(&request)?.clone();
        let request = request.into_inner();
        let query = parse_summary(&request).map_err(refuse)?;
        let SummarizeShipmentsRequest { filter, page_size, page_token, .. } = &request;
        let arguments = format!("{query:?}\n{filter}");
        let filter = filters().parse(filter).map_err(refuse)?;
        let (page_size, arguments) = (*page_size, arguments.as_str());
        let args = PageArgs { page_size, page_token, method: SUMMARIZE, arguments };
        let window = self.ledger.tokens().window(args).map_err(refuse)?;
        let summary = self.summarize(&caller, &query, &filter, &window).await;
        Ok(Response::new(render_summary(summary.map_err(refuse)?)))
    }

    async fn check_figures(
        &self,
        request: Request<CheckFiguresRequest>,
    ) -> Result<Response<CheckFiguresResponse>, Status> {
        let today = self.ledger.clock().today();
        let claims = parse_claims::<ShipmentMetric>(request.into_inner(), today).map_err(refuse)?;
        let records = self.records(&claims).await.map_err(refuse)?;
        let verdict = |claim| {
            let finding = records.finding(&claim);
            render_verdict(claim, &finding)
        };
        Ok(Response::new(CheckFiguresResponse {
            verdicts: claims.into_iter().map(verdict).collect(),
        }))
    }
}

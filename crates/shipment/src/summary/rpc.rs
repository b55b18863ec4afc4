//! `devisa.shipment.v1.SummaryService`.

use devisa_domain::refusal::both;
use devisa_ledger::{Error, PageArgs};
use devisa_proto::{
    convert::{
        figure::{Claims, parse_claims},
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

use super::{figures::Records, filter::filters};
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
        let (page_size, page_token) = (request.page_size, request.page_token.as_str());
        let args = PageArgs { page_size, page_token, method: SUMMARIZE, arguments: "" };
        let read = both(parse_summary(&request), filters().parse(&request.filter));
        let (query, filter) =
            read.map_err(|refusal| refuse(self.ledger.tokens().beside(refusal, &args)))?;
        let arguments = format!("{query:?}\n{}", request.filter);
        let args = PageArgs { arguments: &arguments, ..args };
        let window = self.ledger.tokens().window(args).map_err(refuse)?;
        let summary = self.summarize(&caller, &query, &filter, &window).await;
        Ok(Response::new(render_summary(summary.map_err(refuse)?)))
    }

    async fn check_figures(
        &self,
        request: Request<CheckFiguresRequest>,
    ) -> Result<Response<CheckFiguresResponse>, Status> {
        let today = self.ledger.clock().today();
        let claims = parse_claims::<ShipmentMetric>(request.into_inner(), today);
        let Claims { read, mut verdicts } = claims.map_err(refuse)?;
        let mut records = Records::default();
        for claim in read {
            let finding = self.finding(&claim, &mut records).await;
            verdicts.add(claim, Error::refused(finding).map_err(refuse)?);
        }
        verdicts.finish().map(Response::new).map_err(refuse)
    }
}

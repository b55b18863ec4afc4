//! `devisa.deal.v1.SummaryService`.

use devisa_domain::refusal::both;
use devisa_ledger::{Error, PageArgs};
use devisa_proto::{
    convert::{
        deal::{
            figure::DealMetric,
            summary::{parse_summarize_deals, render_summary},
        },
        figure::{Claims, parse_claims},
    },
    deal::v1::{
        SummarizeDealsRequest, SummarizeDealsResponse, summary_service_server::SummaryService,
    },
    figure::v1::{CheckFiguresRequest, CheckFiguresResponse},
};
use devisa_server::{caller, refuse};
use tonic::{Request, Response, Status};

use super::{cells::filters, figures};
use crate::Handlers;

const SUMMARIZE: &str = "devisa.deal.v1.SummaryService/SummarizeDeals";

#[tonic::async_trait]
impl SummaryService for Handlers {
    async fn summarize_deals(
        &self,
        request: Request<SummarizeDealsRequest>,
    ) -> Result<Response<SummarizeDealsResponse>, Status> {
        let caller = caller(&request)?.clone();
        let request = request.into_inner();
        let (page_size, page_token) = (request.page_size, request.page_token.as_str());
        let args = PageArgs { page_size, page_token, method: SUMMARIZE, arguments: "" };
        let read = both(parse_summarize_deals(&request), filters().parse(&request.filter));
        let (command, filter) =
            read.map_err(|refusal| refuse(self.ledger.tokens().beside(refusal, &args)))?;
        let arguments = format!("{command:?}\n{}", request.filter);
        let args = PageArgs { arguments: &arguments, ..args };
        let window = self.ledger.tokens().window(args).map_err(refuse)?;
        let summary = self.summarize(&caller, &command, &filter, &window).await;
        Ok(Response::new(render_summary(summary.map_err(refuse)?)))
    }

    async fn check_figures(
        &self,
        request: Request<CheckFiguresRequest>,
    ) -> Result<Response<CheckFiguresResponse>, Status> {
        let today = self.ledger.clock().today();
        let claims = parse_claims::<DealMetric>(request.into_inner(), today);
        let Claims { read, mut verdicts } = claims.map_err(refuse)?;
        for claim in read {
            let finding = figures::check(&self.ledger, &claim).await;
            verdicts.add(claim, Error::refused(finding).map_err(refuse)?);
        }
        verdicts.finish().map(Response::new).map_err(refuse)
    }
}

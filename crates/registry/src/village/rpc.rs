//! `devisa.registry.v1.VillageService`.

use devisa_domain::{
    identifier::village_code::VillageCode,
    name::VillageName,
    refusal::Refusal,
    village::{self, Kind, Village},
};
use devisa_ledger::{Error, Field, FilterSchema, Ledger, Page};
use devisa_proto::{
    convert::registry::{parse_resolve_villages, render_village},
    registry::v1::{
        GetVillageRequest, ListVillagesRequest, ListVillagesResponse, ResolveVillagesRequest,
        ResolveVillagesResponse, Village as WireVillage, village_service_server::VillageService,
    },
};
use devisa_server::refuse;
use prost::Message;
use tonic::{Request, Response, Status};

use crate::{
    Handlers,
    store::{self, ListArgs},
};

const LIST: &str = "devisa.registry.v1.VillageService/ListVillages";

#[tonic::async_trait]
impl VillageService for Handlers {
    async fn get_village(
        &self,
        request: Request<GetVillageRequest>,
    ) -> Result<Response<WireVillage>, Status> {
        let name =
            store::at_name(VillageName::parse(&request.into_inner().name)).map_err(refuse)?;
        let absent = || refuse(Refusal::NotFound { resource: name.to_string() });
        let village = village::find(&name.village).ok_or_else(absent)?;
        Ok(Response::new(render_village(&village)))
    }

    async fn resolve_villages(
        &self,
        request: Request<ResolveVillagesRequest>,
    ) -> Result<Response<ResolveVillagesResponse>, Status> {
        let query = parse_resolve_villages(request.into_inner()).map_err(refuse)?;
        let candidates = query.candidates().iter().map(render_village).collect();
        Ok(Response::new(ResolveVillagesResponse { candidates }))
    }

    async fn list_villages(
        &self,
        request: Request<ListVillagesRequest>,
    ) -> Result<Response<ListVillagesResponse>, Status> {
        let ListVillagesRequest { page_size, page_token, filter } = request.into_inner();
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = ListArgs { method: LIST, parent: "", filter, page_size, page_token };
        let page = page(&self.ledger, &args).map_err(refuse)?;
        let villages = page.items.iter().map(render_village).collect();
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListVillagesResponse { villages, next_page_token }))
    }
}

/// A page of the national list, ordered by code.
fn page(ledger: &Ledger, args: &ListArgs<'_>) -> Result<Page<Village>, Error> {
    let filter = args.filter(ledger, &schema())?;
    let arguments = args.arguments();
    let paged = args.paged(&arguments);
    let (size, key) = ledger.tokens().open(&paged)?;
    let start = key.map(|key| last_code(&key)).transpose()?;
    // A filter for one region needs to look at no other; any other filter looks at all of them.
    let region = filter.only("region").ok().flatten();
    let villages = village::after(start.as_ref(), region)
        .filter(|village| {
            filter.holds(|column| match column {
                "code" => village.code.as_str(),
                _ => name_of(village.kind),
            })
        })
        .take(size + 1)
        .collect();
    let key = |village: &Village| vec![village.code.to_string()];
    let bytes = |village: &Village| render_village(village).encoded_len();
    Ok(ledger.tokens().cut(villages, size, &paged, key, bytes))
}

fn schema() -> FilterSchema {
    const KINDS: &[&str] = &["DESA", "KELURAHAN", "DESA_ADAT"];
    FilterSchema::new([
        Field::prefix("region", "code"),
        Field::enumeration("kind", "kind", "VILLAGE_KIND_", KINDS),
    ])
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Desa => "DESA",
        Kind::Kelurahan => "KELURAHAN",
        Kind::DesaAdat => "DESA_ADAT",
    }
}

/// The code after which a page starts, from a token of ours.
fn last_code(key: &[String]) -> Result<VillageCode, Refusal> {
    let code = key.first().and_then(|code| VillageCode::parse(code).ok());
    let detail = || "not a token of this list".to_owned();
    code.ok_or_else(|| Refusal::PageTokenInvalid { detail: detail() })
}

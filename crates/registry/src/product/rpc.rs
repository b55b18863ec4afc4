//! `devisa.registry.v1.ProductService`.

use devisa_domain::name::{OrganisationName, ProductName};
use devisa_ledger::FilterSchema;
use devisa_proto::{
    convert::registry::{
        parse_batch_get_products, parse_create_product, parse_delete_product,
        parse_undelete_product, parse_update_product, render_product,
    },
    registry::v1::{
        BatchGetProductsRequest, BatchGetProductsResponse, CreateProductRequest,
        DeleteProductRequest, GetProductRequest, ListProductsRequest, ListProductsResponse,
        Product, UndeleteProductRequest, UpdateProductRequest,
        product_service_server::ProductService,
    },
};
use devisa_server::{open, open_telling, refuse};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonic::{Request, Response, Status};

use super::{
    decide, load,
    rows::{Column, Entity},
};
use crate::{Handlers, organisation, store};

const CREATE: &str = "devisa.registry.v1.ProductService/CreateProduct";
const UPDATE: &str = "devisa.registry.v1.ProductService/UpdateProduct";
const DELETE: &str = "devisa.registry.v1.ProductService/DeleteProduct";
const UNDELETE: &str = "devisa.registry.v1.ProductService/UndeleteProduct";
const LIST: &str = "devisa.registry.v1.ProductService/ListProducts";

devisa_server::mutation!(
    CreateProductRequest;
    always: UpdateProductRequest, DeleteProductRequest, UndeleteProductRequest
);

#[tonic::async_trait]
impl ProductService for Handlers {
    async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let parent = OrganisationName::parse(&request.get_ref().parent);
        let also =
            async || store::absent_parent::<organisation::Entity>(&self.ledger, parent).await;
        let (call, draft) = open_telling(request, CREATE, parse_create_product, also).await?;
        let decided = self.ledger.write(
            &call,
            || load::snapshot(&self.ledger, &draft.name),
            |snapshot, moment| decide::create(snapshot, &draft, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn get_product(
        &self,
        request: Request<GetProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let name =
            store::at_name(ProductName::parse(&request.into_inner().name)).map_err(refuse)?;
        let product = store::get::<Entity>(&self.ledger, &name).await.map_err(refuse)?;
        Ok(Response::new(render_product(&product)))
    }

    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        let ListProductsRequest { parent, page_size, page_token, filter, show_deleted } =
            request.into_inner();
        let schema = FilterSchema::resource([]);
        let (filter, page_token) = (filter.as_str(), page_token.as_str());
        let args = store::ListArgs { method: LIST, parent: &parent, filter, page_size, page_token };
        let named = OrganisationName::parse;
        let found = args.parent::<organisation::Entity, _>(&self.ledger, &schema, named).await;
        let select =
            Entity::find().filter(Column::Organisation.eq(found.map_err(refuse)?.to_string()));
        let page = store::list_deletable(
            &self.ledger,
            select,
            schema,
            &args,
            show_deleted,
            render_product,
        );
        let page = page.await.map_err(refuse)?;
        let products = page.items;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListProductsResponse { products, next_page_token }))
    }

    async fn update_product(
        &self,
        request: Request<UpdateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let asked = request.get_ref().clone();
        let also = async || load::also_wrong(&self.ledger, &asked).await;
        let (call, command) = open_telling(request, UPDATE, parse_update_product, also).await?;
        let decided = self.ledger.write(
            &call,
            || store::find::<Entity>(&self.ledger, &command.name),
            |existing, moment| decide::update(existing.as_ref(), &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn delete_product(
        &self,
        request: Request<DeleteProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let (call, command) = open(request, DELETE, parse_delete_product)?;
        let decided = self.ledger.write(
            &call,
            || store::find::<Entity>(&self.ledger, &command.name),
            |existing, moment| decide::delete(existing.as_ref(), &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn undelete_product(
        &self,
        request: Request<UndeleteProductRequest>,
    ) -> Result<Response<Product>, Status> {
        let (call, command) = open(request, UNDELETE, parse_undelete_product)?;
        let decided = self.ledger.write(
            &call,
            || load::snapshot(&self.ledger, &command.name),
            |snapshot, moment| decide::undelete(snapshot, &command, moment),
        );
        decided.await.map(Response::new).map_err(refuse)
    }

    async fn batch_get_products(
        &self,
        request: Request<BatchGetProductsRequest>,
    ) -> Result<Response<BatchGetProductsResponse>, Status> {
        let names = parse_batch_get_products(request.into_inner()).map_err(refuse)?;
        let products = store::get_all::<Entity>(&self.ledger, &names).await.map_err(refuse)?;
        let products = products.iter().map(render_product).collect();
        let products = store::whole(products).map_err(refuse)?;
        Ok(Response::new(BatchGetProductsResponse { products }))
    }
}

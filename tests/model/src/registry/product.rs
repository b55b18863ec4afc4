//! Products.

use devisa_domain::identifier::hs::HsCode;
use devisa_proto::registry::v1::{
    CreateProductRequest, DeleteProductRequest, Product, UndeleteProductRequest,
    UpdateProductRequest,
};

use super::{Registry, parent};
use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, Taken, check_free, check_mask, check_parent, get, overlay, wire_time},
    taken,
};

const FIELDS: &[Taken<Product>] = taken!(
    Product: display_name, hs_code, commodity, unit_code, monthly_capacity, provenance,
);
const OUTPUTS: &[&str] = &["name", "etag", "create_time", "update_time", "delete_time"];

fn check(product: &Product) -> Answer<()> {
    let mut faults = Faults::default();
    faults.required(!product.display_name.is_empty(), "product.display_name");
    faults.required(!product.hs_code.is_empty(), "product.hs_code");
    faults.optional("product.hs_code", &product.hs_code, HsCode::parse);
    let measured = product.monthly_capacity.is_none() || !product.unit_code.is_empty();
    faults.required(measured, "product.unit_code");
    faults.none()
}

impl Registry {
    /// What is wrong with a request to create a product.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_product(&self, request: &CreateProductRequest) -> Answer<()> {
        let parent = check_parent(&self.organisations, &request.parent);
        Refused::telling(check(&request.product.clone().unwrap_or_default()), parent)
    }

    /// What is wrong with a request to change a product, whatever its version is.
    ///
    /// # Errors
    /// The violations.
    pub fn check_update_product(&self, request: &UpdateProductRequest) -> Answer<()> {
        let patch = request.product.clone().unwrap_or_default();
        let mask = request.update_mask.as_ref();
        check_mask(&self.products, &patch, mask, FIELDS, OUTPUTS, |next, _| check(next))
    }

    /// Creates a product of an organisation that is not deleted.
    ///
    /// # Errors
    /// As the contract says.
    pub fn create_product(
        &mut self,
        moment: &mut Moment,
        request: &CreateProductRequest,
    ) -> Answer<Product> {
        get(&self.organisations, &request.parent)?.check_present()?;
        let name = format!("{}/products/{}", request.parent, request.product_id);
        check_free(&self.products, &name, "product_id")?;
        let product = request.product.clone().unwrap_or_default().first(&name, moment.now);
        self.keep_product(moment, "created", product)
    }

    /// Changes the masked fields.
    ///
    /// # Errors
    /// As the contract says.
    pub fn update_product(
        &mut self,
        moment: &mut Moment,
        request: &UpdateProductRequest,
    ) -> Answer<Product> {
        let patch = request.product.clone().unwrap_or_default();
        let current = get(&self.products, &patch.name)?;
        current.check_present()?;
        current.check_etag(&patch.etag)?;
        let next = overlay(&current, &patch, request.update_mask.as_ref(), FIELDS, OUTPUTS)?;
        check(&next)?;
        if next == current {
            return Ok(current);
        }
        self.keep_product(moment, "updated", next.after(&current, moment.now))
    }

    /// Deletes it.
    ///
    /// # Errors
    /// As the contract says.
    pub fn delete_product(
        &mut self,
        moment: &mut Moment,
        request: &DeleteProductRequest,
    ) -> Answer<Product> {
        let current = get(&self.products, &request.name)?;
        if current.is_deleted() {
            return Err(Refused::absent(&request.name));
        }
        current.check_etag(&request.etag)?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = Some(wire_time(next.updated()));
        self.keep_product(moment, "deleted", next)
    }

    /// Takes the deletion back, while its organisation is not deleted.
    ///
    /// # Errors
    /// As the contract says.
    pub fn undelete_product(
        &mut self,
        moment: &mut Moment,
        request: &UndeleteProductRequest,
    ) -> Answer<Product> {
        let current = get(&self.products, &request.name)?;
        if !current.is_deleted() {
            return Err(Refused::exists(&request.name));
        }
        current.check_etag(&request.etag)?;
        get(&self.organisations, parent(&request.name))?.check_present()?;
        let mut next = current.clone().after(&current, moment.now);
        next.delete_time = None;
        self.keep_product(moment, "undeleted", next)
    }

    fn keep_product(
        &mut self,
        moment: &mut Moment,
        what: &str,
        product: Product,
    ) -> Answer<Product> {
        self.products.insert(product.name.clone(), product.clone());
        moment.tell(&format!("product.{what}"), &product);
        Ok(product)
    }
}

//! The registry's resources and rules.

mod count;
mod decree;
mod enrolment;
mod filters;
mod organisation;
mod product;
mod rate;

pub use enrolment::{STATES, state_on};
pub use filters::{Known, villages};

use devisa_proto::registry::v1::{
    BatchGetOrganisationsRequest, BatchGetOrganisationsResponse, BatchGetProductsRequest,
    BatchGetProductsResponse, CreateProgrammeRequest, Decree, Enrolment, ExchangeRate,
    Organisation, Product, Programme,
};

use crate::{
    answer::{Answer, Faults, Refused},
    keeper::Moment,
    resource::{Resource, Table, batch_get, check_free},
};

/// Everything that the registry holds.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Programmes.
    pub programmes: Table<Programme>,
    /// Decrees of all programmes.
    pub decrees: Table<Decree>,
    /// Enrolments in all programmes.
    pub enrolments: Table<Enrolment>,
    /// Organisations, deleted ones included.
    pub organisations: Table<Organisation>,
    /// Products of all organisations, deleted ones included.
    pub products: Table<Product>,
    /// Exchange rates.
    pub rates: Table<ExchangeRate>,
}

crate::resources!(Programme, Decree, Enrolment, ExchangeRate; Organisation, Product);

impl Registry {
    /// Several organisations, all or none.
    ///
    /// # Errors
    /// As the contract says.
    pub fn batch_get_organisations(
        &self,
        request: &BatchGetOrganisationsRequest,
    ) -> Answer<BatchGetOrganisationsResponse> {
        let organisations = batch_get(&self.organisations, &request.names)?;
        Ok(BatchGetOrganisationsResponse { organisations })
    }

    /// Several products, all or none.
    ///
    /// # Errors
    /// As the contract says.
    pub fn batch_get_products(
        &self,
        request: &BatchGetProductsRequest,
    ) -> Answer<BatchGetProductsResponse> {
        let found = batch_get(&self.products, &request.names);
        let mut fields = match &found {
            Err(refused) if refused.code == tonic::Code::InvalidArgument => refused.fields.clone(),
            _ => vec![],
        };
        for (index, name) in request.names.iter().enumerate() {
            if request.parent != "organisations/-" && parent(name) != request.parent {
                fields.push((format!("names[{index}]"), "NAMES_PARENT".to_owned()));
            }
        }
        if !fields.is_empty() {
            return Err(Refused::invalid(fields));
        }
        Ok(BatchGetProductsResponse { products: found? })
    }

    /// What is wrong with a request to create a programme.
    ///
    /// # Errors
    /// The violations.
    pub fn check_create_programme(request: &CreateProgrammeRequest) -> Answer<()> {
        let mut faults = Faults::default();
        faults.required(!request.programme_id.is_empty(), "programme_id");
        let programme = request.programme.clone().unwrap_or_default();
        faults.required(!programme.display_name.is_empty(), "programme.display_name");
        faults.none()
    }

    /// Creates a programme.
    ///
    /// # Errors
    /// `RESOURCE_EXISTS`.
    pub fn create_programme(
        &mut self,
        moment: &mut Moment,
        request: &CreateProgrammeRequest,
    ) -> Answer<Programme> {
        let name = format!("programmes/{}", request.programme_id);
        check_free(&self.programmes, &name, "programme_id")?;
        let programme = request.programme.clone().unwrap_or_default().first(&name, moment.now);
        self.programmes.insert(name, programme.clone());
        moment.tell("programme.created", &programme);
        Ok(programme)
    }
}

/// The part of a name before its last two segments: `organisations/a/products/b` has the parent
/// `organisations/a`.
pub fn parent(name: &str) -> &str {
    let collection = name.rsplit_once('/').map_or("", |(before, _)| before);
    collection.rsplit_once('/').map_or("", |(before, _)| before)
}

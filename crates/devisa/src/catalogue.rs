//! The resources there are, as the command line knows them: everything else about them is read
//! from the descriptors.
//!
//! Invariant: every entry of [`RESOURCES`] is in the descriptor set (a test asks).

use clap::builder::PossibleValuesParser;
use devisa_proto::mask::POOL;
use prost_reflect::{MessageDescriptor, MethodDescriptor, ServiceDescriptor};

use crate::exit::Failure;

/// A kind of resource.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The key in data sets, and what `devisa list` calls it.
    pub(crate) key: &'static str,
    /// The package, such as `devisa.registry.v1`.
    pub(crate) package: &'static str,
    /// Its message; `Get…`, `Create…` and `…Service` are named after it.
    pub(crate) message: &'static str,
    /// The collections of its name, outermost first.
    pub(crate) collections: &'static [&'static str],
    /// The field of the resource in requests.
    pub(crate) singular: &'static str,
    /// The method that creates one; none where nobody can.
    pub(crate) create: Option<&'static str>,
    /// The method that lists them.
    pub(crate) list: &'static str,
    /// The fields that a list shows, as paths.
    pub(crate) columns: &'static [&'static str],
}

const REGISTRY: &str = "devisa.registry.v1";
const SHIPMENT: &str = "devisa.shipment.v1";
const DEAL: &str = "devisa.deal.v1";

/// All kinds of resources, in the order in which they depend on each other.
pub(crate) static RESOURCES: &[Resource] = &[
    Resource {
        key: "villages",
        package: REGISTRY,
        message: "Village",
        collections: &["villages"],
        singular: "village",
        create: None,
        list: "ListVillages",
        columns: &["name", "display_name", "district", "regency", "province", "kind"],
    },
    Resource {
        key: "programmes",
        package: REGISTRY,
        message: "Programme",
        collections: &["programmes"],
        singular: "programme",
        create: Some("CreateProgramme"),
        list: "ListProgrammes",
        columns: &["name", "display_name", "owner"],
    },
    Resource {
        key: "decrees",
        package: REGISTRY,
        message: "Decree",
        collections: &["programmes", "decrees"],
        singular: "decree",
        create: Some("CreateDecree"),
        list: "ListDecrees",
        columns: &["name", "number", "issue_date", "region", "declared_village_count"],
    },
    Resource {
        key: "enrolments",
        package: REGISTRY,
        message: "Enrolment",
        collections: &["programmes", "enrolments"],
        singular: "enrolment",
        create: Some("CreateEnrolment"),
        list: "ListEnrolments",
        columns: &["name", "state", "effective_date", "lead_commodity", "decree"],
    },
    Resource {
        key: "organisations",
        package: REGISTRY,
        message: "Organisation",
        collections: &["organisations"],
        singular: "organisation",
        create: Some("CreateOrganisation"),
        list: "ListOrganisations",
        columns: &["name", "display_name", "region_code", "roles", "village"],
    },
    Resource {
        key: "products",
        package: REGISTRY,
        message: "Product",
        collections: &["organisations", "products"],
        singular: "product",
        create: Some("CreateProduct"),
        list: "ListProducts",
        columns: &["name", "display_name", "hs_code", "commodity", "unit_code", "monthly_capacity"],
    },
    Resource {
        key: "exchange_rates",
        package: REGISTRY,
        message: "ExchangeRate",
        collections: &["exchangeRates"],
        singular: "exchange_rate",
        create: Some("CreateExchangeRate"),
        list: "ListExchangeRates",
        columns: &[
            "name",
            "kind",
            "base_currency",
            "quote_currency",
            "units",
            "rate",
            "valid_from",
            "valid_to",
        ],
    },
    Resource {
        key: "releases",
        package: SHIPMENT,
        message: "Release",
        collections: &["releases"],
        singular: "release",
        create: Some("CreateRelease"),
        list: "ListReleases",
        columns: &["name", "display_name", "event_date", "state", "totals.values"],
    },
    Resource {
        key: "shipments",
        package: SHIPMENT,
        message: "Shipment",
        collections: &["shipments"],
        singular: "shipment",
        create: Some("CreateShipment"),
        list: "ListShipments",
        columns: &["name", "exporter", "destination_region_code", "state", "tier", "values"],
    },
    Resource {
        key: "milestones",
        package: SHIPMENT,
        message: "Milestone",
        collections: &["shipments", "milestones"],
        singular: "milestone",
        create: Some("RecordMilestone"),
        list: "ListMilestones",
        columns: &["name", "code", "classifier", "event_time", "location", "corrects"],
    },
    Resource {
        key: "sponsorships",
        package: SHIPMENT,
        message: "Sponsorship",
        collections: &["sponsorships"],
        singular: "sponsorship",
        create: Some("CreateSponsorship"),
        list: "ListSponsorships",
        columns: &["name", "sponsor_display_name", "kind", "release", "shipment", "in_kind_value"],
    },
    Resource {
        key: "sessions",
        package: DEAL,
        message: "Session",
        collections: &["sessions"],
        singular: "session",
        create: Some("CreateSession"),
        list: "ListSessions",
        columns: &["name", "display_name", "session_date", "office", "place"],
    },
    Resource {
        key: "deals",
        package: DEAL,
        message: "Deal",
        collections: &["deals"],
        singular: "deal",
        create: Some("CreateDeal"),
        list: "ListDeals",
        columns: &["name", "seller", "buyer", "instrument", "state", "value", "review.state"],
    },
    Resource {
        key: "realisations",
        package: DEAL,
        message: "Realisation",
        collections: &["deals", "realisations"],
        singular: "realisation",
        create: Some("CreateRealisation"),
        list: "ListRealisations",
        columns: &["name", "shipment", "line_index", "amount", "effective_amount", "state"],
    },
];

/// The keys, for the command line.
pub(crate) fn keys() -> PossibleValuesParser {
    PossibleValuesParser::new(RESOURCES.iter().map(|resource| resource.key))
}

/// The resource of a key.
pub(crate) fn by_key(key: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.key == key)
}

/// The resource whose names look so.
pub(crate) fn by_name(name: &str) -> Option<&'static Resource> {
    let segments: Vec<_> = name.split('/').collect();
    let collections: Vec<_> = segments.iter().copied().step_by(2).collect();
    let is_whole = segments.len().is_multiple_of(2) && segments.iter().all(|s| !s.is_empty());
    RESOURCES.iter().find(|resource| is_whole && resource.collections == collections)
}

/// A message by its full name.
pub(crate) fn message(name: &str) -> Result<MessageDescriptor, Failure> {
    POOL.get_message_by_name(name).ok_or_else(|| Failure::internal(format!("no message {name}")))
}

/// A method of a service by its full name.
pub(crate) fn method(service: &str, name: &str) -> Result<MethodDescriptor, Failure> {
    POOL.get_service_by_name(service)
        .and_then(|service: ServiceDescriptor| service.methods().find(|m| m.name() == name))
        .ok_or_else(|| Failure::internal(format!("no method {service}/{name}")))
}

impl Resource {
    /// The resource's message.
    pub(crate) fn descriptor(&self) -> Result<MessageDescriptor, Failure> {
        message(&format!("{}.{}", self.package, self.message))
    }

    /// A method of the resource's service.
    pub(crate) fn method(&self, name: &str) -> Result<MethodDescriptor, Failure> {
        method(&format!("{}.{}Service", self.package, self.message), name)
    }

    /// The method that gets one.
    pub(crate) fn get(&self) -> Result<MethodDescriptor, Failure> {
        self.method(&format!("Get{}", self.message))
    }

    /// The field of a new resource's id in its create request.
    pub(crate) fn id_field(&self) -> String {
        format!("{}_id", self.singular)
    }

    /// The collection of its parents, when it has one.
    pub(crate) fn parent(&self) -> Option<&'static str> {
        self.collections.len().checked_sub(2).and_then(|index| self.collections.get(index)).copied()
    }

    /// The name of one, by its id and its parent.
    pub(crate) fn name(&self, parent: Option<&str>, id: &str) -> String {
        let collection = self.collections.last().copied().unwrap_or_default();
        match parent {
            Some(parent) => format!("{parent}/{collection}/{id}"),
            None => format!("{collection}/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_have_all_of_it() {
        for resource in RESOURCES {
            let message = resource.descriptor().unwrap();
            resource.get().unwrap();
            let list = resource.method(resource.list).unwrap();
            assert!(list.output().get_field_by_name(resource.key).is_some());
            let has_parent = list.input().get_field_by_name("parent").is_some();
            assert_eq!(has_parent, resource.parent().is_some(), "{}", resource.key);
            if let Some(create) = resource.create {
                let input = resource.method(create).unwrap().input();
                assert!(input.get_field_by_name(resource.singular).is_some());
            }
            for column in resource.columns {
                devisa_proto::mask::check_path(message.full_name(), column).unwrap();
            }
        }
    }

    #[test]
    fn a_name_tells_its_resource() {
        let key = |name| by_name(name).map(|resource| resource.key);
        assert_eq!(key("deals/sang-bamboo"), Some("deals"));
        assert_eq!(key("programmes/p/enrolments/35.25.11.2009"), Some("enrolments"));
        assert_eq!(key("deals"), None);
        assert_eq!(key("deals/"), None);
        assert_eq!(key("boats/1"), None);
    }

    #[test]
    fn names_are_made_of_parent_collection_and_id() {
        let decree = by_key("decrees").unwrap();
        assert_eq!(decree.name(Some("programmes/p"), "d"), "programmes/p/decrees/d");
        assert_eq!(decree.parent(), Some("programmes"));
        assert_eq!(by_key("deals").unwrap().name(None, "x"), "deals/x");
    }
}

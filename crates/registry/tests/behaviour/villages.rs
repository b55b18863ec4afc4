use devisa_proto::registry::v1::{
    GetVillageRequest, ListVillagesRequest, ResolveVillagesRequest, VillageKind,
};
use devisa_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::world::{World, absent, invalid, refused};

on_both_databases!(
    a_village_is_found_by_its_code,
    villages_are_listed_by_code,
    villages_are_resolved_by_what_they_are_called,
);

async fn a_village_is_found_by_its_code(database: TestDatabase) {
    let world = World::new(database).await;
    let get = async |name: &str| {
        let request = GetVillageRequest { name: name.to_owned() };
        world.villages().get_village(request).await.map(tonic::Response::into_inner)
    };
    let wedani = get("villages/35.25.11.2009").await.unwrap();
    let parts = (wedani.display_name.as_str(), wedani.district.as_str(), wedani.regency.as_str());
    assert_eq!(parts, ("Wedani", "Cerme", "Kabupaten Gresik"));
    assert_eq!((wedani.province.as_str(), wedani.kind()), ("Jawa Timur", VillageKind::Desa));
    absent(get("villages/35.80.01.2001").await, "villages/35.80.01.2001");
    invalid(get("villages/35.25").await, &[("name", "VILLAGE_CODE_FORM")]);
    invalid(get("").await, &[("name", "FIELD_MISSING")]);
}

async fn villages_are_listed_by_code(database: TestDatabase) {
    let world = World::new(database).await;
    let mut request = ListVillagesRequest {
        filter: "region = \"35\" AND kind = KELURAHAN".to_owned(),
        page_size: 500,
        ..Default::default()
    };
    let first = world.villages().list_villages(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.villages.len(), 500);
    request.page_token = first.next_page_token;
    let second = world.villages().list_villages(request.clone()).await.unwrap().into_inner();
    assert_eq!((second.villages.len(), second.next_page_token.as_str()), (273, ""));
    let codes: Vec<_> = first.villages.iter().chain(&second.villages).map(|v| &v.name).collect();
    assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));

    request.filter = "region = \"33\"".to_owned();
    let moved = world.villages().list_villages(request).await;
    refused(moved, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let all = world.villages().list_villages(ListVillagesRequest::default()).await.unwrap();
    assert_eq!(all.into_inner().villages.len(), 50);
    let list = async |filter: &str| {
        let request = ListVillagesRequest { filter: filter.to_owned(), ..Default::default() };
        world.villages().list_villages(request).await
    };
    let two = list("region = \"35\" AND region = \"33\"").await.unwrap().into_inner();
    assert!(two.villages.is_empty());
    let either = "(region = \"35.25.11.2009\" OR region = \"35.01.06.2013\") AND kind != KELURAHAN";
    let either = list(either).await.unwrap().into_inner().villages;
    let names: Vec<_> = either.iter().map(|village| village.display_name.as_str()).collect();
    assert_eq!(names, ["Temon", "Wedani"]);
    let none = list("region = \"35.25.11.2009\" AND region != \"35.25\"").await.unwrap();
    assert!(none.into_inner().villages.is_empty());
    refused(list("display_name = Kare").await, Code::InvalidArgument, "FILTER_INVALID");
    refused(list("region = \"99\"").await, Code::InvalidArgument, "FILTER_INVALID");
}

async fn villages_are_resolved_by_what_they_are_called(database: TestDatabase) {
    let world = World::new(database).await;
    let resolve = async |name: &str, district: &str, regency: &str| {
        let request = ResolveVillagesRequest {
            name: name.to_owned(),
            district: district.to_owned(),
            regency: regency.to_owned(),
        };
        let answer = world.villages().resolve_villages(request).await?.into_inner();
        Ok::<_, tonic::Status>(answer.candidates)
    };
    let found = resolve("desa temon", "Kec. Arjosari", "Kab. Pacitan").await.unwrap();
    let names: Vec<_> = found.iter().map(|village| village.name.as_str()).collect();
    assert_eq!(names, ["villages/35.01.06.2013"]);
    assert_eq!((found[0].district.as_str(), found[0].kind()), ("Arjosari", VillageKind::Desa));
    let all = resolve("Temon", "", "").await.unwrap();
    assert!(all.len() > 1 && all.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(resolve("Ngubalan", "", "Ngawi").await.unwrap().is_empty());
    invalid(resolve("", "", "").await, &[("name", "FIELD_MISSING")]);
    let fields = [("name", "TEXT_LENGTH"), ("regency", "TEXT_FORM")];
    invalid(resolve(&"x".repeat(101), "", "Gresik ").await, &fields);
    let fields = [("name", "PLACE_FORM"), ("district", "PLACE_FORM")];
    invalid(resolve("-", "...", "").await, &fields);
}

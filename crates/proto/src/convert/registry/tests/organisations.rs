//! Organisations.

use super::*;

fn organisation() -> wire::Organisation {
    wire::Organisation {
        name: "organisations/temon-agro".to_owned(),
        display_name: "Temon Agro".to_owned(),
        region_code: "ID".to_owned(),
        legal_name: "CV Temon Agro".to_owned(),
        legal_form: "CV".to_owned(),
        roles: vec![1, 2],
        village: "villages/35.01.06.2013".to_owned(),
        nib: "0220103456789".to_owned(),
        npwp: "0013000666091000".to_owned(),
        aliases: vec![wire::Alias {
            name: "DSA Temon Agro".to_owned(),
            valid_from: date(2020, 1, 1),
            valid_to: None,
        }],
        size: Some(wire::OrganisationSize {
            scheme: 1,
            class: 1,
            annual_sales: Some(Money {
                currency_code: "IDR".to_owned(),
                units: 2_000_000_000,
                nanos: 0,
            }),
            year: 2024,
        }),
        provenance: provenance("size.class"),
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
        delete_time: None,
    }
}

fn create_organisation(organisation: wire::Organisation) -> wire::CreateOrganisationRequest {
    wire::CreateOrganisationRequest {
        organisation_id: "temon-agro".to_owned(),
        organisation: Some(organisation),
        ..Default::default()
    }
}

#[test]
fn an_organisation_comes_back_in_normal_form() {
    let sent = wire::Organisation {
        region_code: "id".to_owned(),
        roles: vec![2, 1],
        npwp: "01.300.066.6-091.000".to_owned(),
        ..organisation()
    };
    let draft = parse_create_organisation(create_organisation(sent), today()).unwrap();
    assert_eq!(render_organisation(&Record::new(&draft, now())), organisation());
}

#[test]
fn an_organisation_is_wrong_in_many_ways() {
    let wrong = wire::Organisation {
        display_name: String::new(),
        region_code: "UK".to_owned(),
        legal_form: "x".repeat(51),
        roles: vec![1, 8, 1],
        village: "villages/35.80.01.2001".to_owned(),
        nib: "123".to_owned(),
        npwp: "013000667091000".to_owned(),
        aliases: vec![
            wire::Alias::default(),
            wire::Alias {
                name: "Pelindo III".to_owned(),
                valid_from: date(2021, 10, 1),
                valid_to: date(2021, 9, 30),
            },
        ],
        size: Some(wire::OrganisationSize::default()),
        ..organisation()
    };
    let expected = [
        ("organisation.display_name", "field.missing"),
        ("organisation.region_code", "region_code.unknown"),
        ("organisation.legal_form", "text.length"),
        ("organisation.roles[1]", "enum.unknown"),
        ("organisation.roles", "roles.duplicate"),
        ("organisation.village", "village_code.unknown"),
        ("organisation.nib", "nib.length"),
        ("organisation.npwp", "npwp.check_digit"),
        ("organisation.aliases[0].name", "field.missing"),
        ("organisation.aliases[1].valid_to", "date.order"),
        ("organisation.size.scheme", "field.missing"),
        ("organisation.size.class", "field.missing"),
    ];
    let found = rules(parse_create_organisation(create_organisation(wrong), today()));
    assert_eq!(found, pairs(&expected));
}

#[test]
fn rules_of_the_whole_organisation() {
    let of =
        |organisation| rules(parse_create_organisation(create_organisation(organisation), today()));
    let abroad = wire::Organisation { region_code: "MY".to_owned(), ..organisation() };
    assert_eq!(of(abroad), pairs(&[("organisation.village", "village.country")]));
    let many = wire::Organisation {
        aliases: vec![organisation().aliases.remove(0); 51],
        ..organisation()
    };
    assert_eq!(of(many), pairs(&[("organisation.aliases", "aliases.count")]));
    let mut small = organisation();
    small.size.as_mut().unwrap().class = 2;
    assert_eq!(of(small), pairs(&[("organisation.size.class", "size.class")]));
    let mut unclear = organisation();
    let size = unclear.size.as_mut().unwrap();
    (size.class, size.year) = (0, 1900);
    size.annual_sales.as_mut().unwrap().currency_code = "USD".to_owned();
    let expected = [
        ("organisation.size.class", "field.missing"),
        ("organisation.size.annual_sales", "money.currency"),
        ("organisation.size.year", "year.range"),
    ];
    assert_eq!(of(unclear), pairs(&expected));
}

#[test]
fn a_batch_has_each_name_once() {
    let of = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        parse_batch_get_organisations(wire::BatchGetOrganisationsRequest { names })
    };
    assert_eq!(of(&["organisations/b", "organisations/a"]).unwrap().len(), 2);
    assert_eq!(rules(of(&[])), pairs(&[("names", "field.missing")]));
    let twice = of(&["organisations/a", "organisations/a"]);
    assert_eq!(rules(twice), pairs(&[("names", "names.duplicate")]));
    assert_eq!(rules(of(&["organisations/A"])), pairs(&[("names[0]", "resource_id.form")]));
    let names: Vec<_> = (0..101).map(|index| format!("organisations/{index}")).collect();
    let many = of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(rules(many), pairs(&[("names", "names.count")]));
}

//! Products.

use super::*;

fn product() -> wire::Product {
    wire::Product {
        name: "organisations/temon-agro/products/gula-aren".to_owned(),
        display_name: "Gula aren cetak".to_owned(),
        hs_code: "17029059".to_owned(),
        commodity: "palm sugar".to_owned(),
        unit_code: "KGM".to_owned(),
        monthly_capacity: Some(Decimal { value: "12000.500".to_owned() }),
        provenance: provenance("monthly_capacity"),
        etag: "\"1\"".to_owned(),
        create_time: stamp(),
        update_time: stamp(),
        delete_time: None,
    }
}

fn create_product(product: wire::Product) -> wire::CreateProductRequest {
    wire::CreateProductRequest {
        parent: "organisations/temon-agro".to_owned(),
        product_id: "gula-aren".to_owned(),
        product: Some(product),
        ..Default::default()
    }
}

#[test]
fn a_product_comes_back_in_normal_form() {
    let sent = wire::Product { hs_code: "1702.90.59".to_owned(), ..product() };
    let draft = parse_create_product(create_product(sent)).unwrap();
    let record = Record::new(&draft, now());
    assert_eq!(render_product(&record), product());
    let deleted = render_product(&record.deleted("", now()).unwrap());
    assert_eq!((deleted.delete_time, deleted.etag.as_str()), (stamp(), "\"2\""));
}

#[test]
fn only_two_facts_are_required() {
    let bare = wire::Product {
        display_name: "Sarung".to_owned(),
        hs_code: "621490".to_owned(),
        ..Default::default()
    };
    let draft = parse_create_product(create_product(bare.clone())).unwrap();
    let rendered = render_product(&Record::new(&draft, now()));
    let facts = (rendered.commodity, rendered.unit_code, rendered.monthly_capacity);
    assert_eq!(facts, (String::new(), String::new(), None));
    let capacity = Some(Decimal { value: "1".to_owned() });
    let unitless = wire::Product { monthly_capacity: capacity, ..bare };
    let expected = pairs(&[("product.unit_code", "field.missing")]);
    assert_eq!(rules(parse_create_product(create_product(unitless))), expected);
}

#[test]
fn a_capacity_has_its_digits() {
    for (value, rule) in [
        ("0", "decimal.positive"),
        ("1.0000001", "decimal.digits"),
        ("1000000000000", "decimal.digits"),
        ("1e3", "decimal.form"),
        ("", "field.missing"),
    ] {
        let capacity = Some(Decimal { value: value.to_owned() });
        let wrong = wire::Product { monthly_capacity: capacity, ..product() };
        let expected = pairs(&[("product.monthly_capacity", rule)]);
        assert_eq!(rules(parse_create_product(create_product(wrong))), expected, "{value}");
    }
}

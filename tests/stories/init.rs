//! The databases of known platforms on real servers: each is recognised, and mapped as its documentation says.

use redraft::{
    config::DatabaseSettings,
    proposal::{Agency, Platform, Schema, Unfit, Wanted, propose},
    source::survey,
};
use toml::{Table, Value};

use crate::support::platforms;

async fn look(platform: &platforms::Platform) -> Schema {
    survey(&DatabaseSettings::at(platform.database.url())).await.unwrap()
}

/// The mapping without what is a matter of taste: shown columns, sections that are only context, the note in the
/// platform's own history, the kind that may be left out.
fn plain(text: &str) -> Table {
    let mut table: Table = toml::from_str(text).unwrap();
    let mut mapping = table.remove("mapping").unwrap().as_table().unwrap().clone();
    mapping.remove("audit");
    mapping["candidate"].as_table_mut().unwrap().remove("show");
    let sections = mapping["section"].as_array_mut().unwrap();
    sections.retain(|section| section.get("write").is_none());
    for section in sections {
        let section = section.as_table_mut().unwrap();
        section.entry("kind").or_insert_with(|| Value::from("text"));
    }
    mapping
}

/// The private columns, which may be more than the documented ones.
fn never_read(mapping: &mut Table) -> Vec<Value> {
    let list = mapping["candidate"].as_table_mut().unwrap().remove("never_read");
    list.map(|list| list.as_array().unwrap().clone()).unwrap_or_default()
}

/// Several agencies share the tables of some: nothing is proposed until it is said whose rows count.
#[tokio::test]
async fn tables_of_several_agencies_need_a_word() {
    for made in [platforms::opencats(), platforms::odoo()].into_iter().flatten() {
        let unfit = propose(&look(&made).await, &Wanted::default()).unwrap_err();
        assert!(matches!(&unfit, Unfit::Agencies(_, values) if *values == ["1", "2"]), "{unfit:?}");
    }
}

async fn maps_as_documented(made: Option<platforms::Platform>, platform: Platform, user: Option<&str>) {
    let Some(made) = made else { return };
    let schema = look(&made).await;
    assert!(Platform::recognise(&schema).contains(&platform), "{platform}");
    let wanted = Wanted {
        platform: Some(platform),
        user: user.map(str::to_owned),
        agency: Agency::One("1".to_owned()),
        ..Wanted::default()
    };
    let (mut ours, mut theirs) =
        (plain(&propose(&schema, &wanted).unwrap().draft.toml()), plain(&made.mapping));
    let (never, documented) = (never_read(&mut ours), never_read(&mut theirs));
    assert!(documented.iter().all(|name| never.contains(name)), "{platform}: {never:?}");
    assert_eq!(ours, theirs, "{platform}");
}

#[tokio::test]
async fn opencats_is_mapped_as_documented() {
    maps_as_documented(platforms::opencats(), Platform::OpenCats, Some("1")).await;
}

#[tokio::test]
async fn orangehrm_is_mapped_as_documented() {
    maps_as_documented(platforms::orangehrm(), Platform::OrangeHrm, None).await;
    maps_as_documented(platforms::orangehrm_staff(), Platform::OrangeHrmStaff, None).await;
}

#[tokio::test]
async fn odoo_is_mapped_as_documented() {
    maps_as_documented(platforms::odoo(), Platform::Odoo, Some("2")).await;
    maps_as_documented(platforms::odoo_18(), Platform::Odoo, Some("2")).await;
    maps_as_documented(platforms::odoo_17(), Platform::Odoo, Some("2")).await;
    maps_as_documented(platforms::odoo_staff(), Platform::OdooStaff, Some("2")).await;
}

#[tokio::test]
async fn frappe_is_recognised() {
    let Some(made) = platforms::frappe() else { return };
    let schema = look(&made).await;
    assert_eq!(Platform::recognise(&schema), [Platform::Frappe]);
    let draft = propose(&schema, &Wanted::default()).unwrap().draft;
    let (ours, theirs) = (plain(&draft.toml()), plain(&made.mapping));
    assert_eq!(ours["posting"], theirs["posting"]);
    assert_eq!(ours["link"], theirs["link"]);
    assert_eq!(ours["candidate"]["key"], theirs["candidate"]["key"]);
    assert_eq!(ours["section"][0]["column"], theirs["section"][0]["column"]);
}

#[tokio::test]
async fn a_schema_of_documents_in_json_is_understood() {
    let Some(made) = platforms::json_resume() else { return };
    let schema = look(&made).await;
    assert_eq!(Platform::recognise(&schema), []);
    let draft = propose(&schema, &Wanted::default()).unwrap().draft;
    let mapping = plain(&draft.toml());
    assert_eq!(mapping["candidate"]["table"].as_str(), Some("person"));
    assert_eq!(mapping["candidate"]["where"].as_str(), Some("consent"));
    let section = &mapping["section"][0];
    assert_eq!((section["kind"].as_str(), section["column"].as_str()), (Some("json"), Some("resume")));
    let writable: Vec<&str> =
        section["writable"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        writable.contains(&"$.basics.summary") && writable.contains(&"$.work[*].highlights[*]"),
        "{writable:?}"
    );
    assert!(
        !writable.iter().any(|path| path.contains("email") || path.contains("references")),
        "{writable:?}"
    );
}

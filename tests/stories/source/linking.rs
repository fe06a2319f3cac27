//! The posting that the platform itself links a candidate to.

use std::collections::BTreeMap;

use redraft::{
    config::Mapping,
    source::port::{CandidateDatabase, SourceError},
};

use super::world::{World, id};

/// Candidates and postings of two tenants with text keys, numbers and a composite one, and who applied where.
const TABLES: [&str; 6] = [
    "CREATE TABLE person (id VARCHAR(20) NOT NULL PRIMARY KEY, site INTEGER, name VARCHAR(40), cv TEXT, wants INTEGER)",
    "INSERT INTO person VALUES ('a''1', 1, 'Ada', 'Cook.', 30), ('b/2', 1, 'Ben', 'Cook.', NULL),
        ('c', 1, 'Cem', 'Cook.', 31), ('d', 2, 'Dora', 'Cook.', 30), ('e', 1, 'Eva', 'Cook.', 99)",
    "CREATE TABLE post (office VARCHAR(8) NOT NULL, number INTEGER NOT NULL, site INTEGER, single INTEGER NOT NULL,
        title VARCHAR(40), body TEXT, shut INTEGER, PRIMARY KEY (office, number))",
    "INSERT INTO post VALUES ('graz', 1, 1, 30, 'Sous-chef', 'Cooks.', 0), ('graz', 2, 1, 31, 'Porter', 'Carries.', 0),
        ('wien', 1, 1, 32, 'Baker', 'Bakes.', 1), ('wien', 2, 2, 33, 'Theirs', 'x', 0)",
    "CREATE TABLE applied (person VARCHAR(20), office VARCHAR(8), number INTEGER, site INTEGER, stage VARCHAR(20),
        day INTEGER)",
    "INSERT INTO applied VALUES ('a''1', 'graz', 1, 1, 'interview', 20), ('a''1', 'graz', 2, 1, 'rejected', 30),
        ('b/2', 'graz', 1, 1, 'new', 10), ('b/2', 'graz', 2, 1, NULL, 11), ('b/2', 'wien', 1, 1, 'new', 12),
        ('c', 'wien', 2, 1, 'new', 1), ('d', 'graz', 1, 2, 'new', 1), ('e', 'graz', 1, 2, 'new', 1)",
];

const MAPPING: &str = r#"
    tenant = { column = "site", value = 1 }
    [candidate]
    table = "person"
    key = ["id"]
    display = ["name"]
    [[section]]
    id = "cv"
    column = "cv"
    [posting]
    table = "post"
    key = ["office", "number"]
    where = "shut = 0"
    title = { column = "title" }
    text = [{ column = "body" }]
"#;

const TABLE: &str = r#"
    [link]
    table = "applied"
    candidate = { person = "id" }
    posting = { office = "office", number = "number" }
    stage = "stage"
"#;

fn mapping(link: &str) -> Mapping {
    toml::from_str(&format!("{MAPPING}{link}")).unwrap()
}

/// Who has which posting, and how far: `Ben: graz/2 Porter, new`.
async fn linked(source: &dyn CandidateDatabase) -> BTreeMap<String, String> {
    assert!(source.links());
    // The one of another tenant and one that is nobody's are asked about too.
    let ids = ["a'1", "b/2", "c", "d", "e", "nobody"].map(id);
    let found = source.linked(&ids).await.unwrap();
    let one = |linked: redraft::domain::LinkedPosting| {
        let stage = linked.stage.map(|stage| format!(", {stage}")).unwrap_or_default();
        format!("{} {}{stage}", linked.id, linked.title)
    };
    found.into_iter().map(|(id, linked)| (id.0, one(linked))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(id, linked)| ((*id).to_owned(), (*linked).to_owned())).collect()
}

pub async fn a_candidate_has_the_posting_that_a_table_links_it_to(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    let source = world.open_with(&mapping(TABLE)).await.unwrap();
    // Of several the one with the last key; none that is closed, of another tenant, or linked by another tenant.
    let newest = pairs(&[("a'1", "graz/2 Porter, rejected"), ("b/2", "graz/2 Porter")]);
    assert_eq!(linked(&*source).await, newest);
    let picked = format!("{TABLE}where = \"stage <> 'rejected'\"\npick = [\"-day\"]\n");
    let source = world.open_with(&mapping(&picked)).await.unwrap();
    assert_eq!(
        linked(&*source).await,
        pairs(&[("a'1", "graz/1 Sous-chef, interview"), ("b/2", "graz/1 Sous-chef, new")])
    );
    let earliest = format!("{TABLE}pick = [\"day\"]\n");
    let source = world.open_with(&mapping(&earliest)).await.unwrap();
    assert_eq!(
        linked(&*source).await,
        pairs(&[("a'1", "graz/1 Sous-chef, interview"), ("b/2", "graz/1 Sous-chef, new")])
    );
    assert_eq!(source.linked(&[]).await.unwrap(), BTreeMap::new());
    // More than are asked about at once.
    let many: Vec<_> = (0..450).map(|number| id(&format!("x{number}"))).chain([id("b/2")]).collect();
    assert_eq!(source.linked(&many).await.unwrap().len(), 1);
    let without = world.open_with(&mapping("")).await.unwrap();
    assert!(!without.links() && without.linked(&[id("b/2")]).await.unwrap().is_empty());
}

pub async fn a_candidate_has_the_posting_that_its_column_names(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    let link = "[link]\ncolumn = \"wants\"\nstage = \"name\"\n";
    let mut mapping = mapping(link);
    mapping.posting.as_mut().unwrap().key = vec!["single".to_owned()];
    let source = world.open_with(&mapping).await.unwrap();
    assert_eq!(
        linked(&*source).await,
        pairs(&[("a'1", "30 Sous-chef, Ada"), ("c", "31 Porter, Cem")]),
        "a posting that is not there is none"
    );
}

pub async fn a_link_that_cannot_be_followed_is_told(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    for (link, place, words) in [
        ("[link]\ncolumn = \"wants\"\n".to_owned(), "mapping.link.column", "which has several columns"),
        (format!("{TABLE}pick = [\"-dya\"]\n"), "mapping.link.pick[0]", "column \"dya\""),
        (format!("{TABLE}where = \"stge = 1\"\n"), "mapping.link.where", "stge"),
        (TABLE.replace("{ person", "{ persn"), "mapping.link.candidate.persn", "column \"persn\""),
        (TABLE.replace("\"applied\"", "\"aplied\""), "mapping.link.table", "no table \"aplied\""),
    ] {
        let Err(SourceError::Mapping { message, place: at, .. }) = world.open_with(&mapping(&link)).await
        else {
            panic!("{link} was taken")
        };
        assert!(message.contains(words) && at == place, "{link}: {message} {at}");
    }
}

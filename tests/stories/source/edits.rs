//! Every kind of column and every edit that some comparison of some engine does not see: whatever differs by a byte is a
//! conflict, and whatever does not is none.

use redraft::{config::Mapping, source::port::WriteOutcome};

use super::{
    servers,
    world::{Lite, World, id, source_of, with},
};

/// What stands there, and what a person makes of it, in SQL.
const EDITS: [(&str, &str); 12] = [
    ("'Cook.'", "'COOK.'"),
    ("'caf\u{e9}'", "'cafe'"),
    ("'caf\u{e9}'", "'cafe\u{301}'"),
    ("'Stra\u{df}e'", "'Strasse'"),
    ("'a'", "'a '"),
    ("'a'", "' a'"),
    ("NULL", "''"),
    ("''", "NULL"),
    ("'a'", "NULL"),
    ("'same'", "'same'"),
    ("'\u{ff21}b'", "'Ab'"),
    ("'a-b'", "'ab'"),
];

/// The edits of a JSON text.
const JSON: [(&str, &str); 4] = [
    (r#"'{"a": 1}'"#, r#"'{"a": 2}'"#),
    (r#"'"Cook."'"#, r#"'"COOK."'"#),
    (r#"'"x"'"#, "NULL"),
    (r#"'{"a": 1}'"#, r#"'{"a": 1}'"#),
];

fn mapping(column: &str) -> Mapping {
    let text = format!(
        "[candidate]\ntable = \"kinds\"\nkey = [\"id\"]\ndisplay = [\"id\"]\n\
         [[section]]\nid = \"cv\"\ncolumn = \"{column}\"\n[[section]]\nid = \"other\"\ncolumn = \"other\"\n"
    );
    toml::from_str(&text).unwrap()
}

/// How many edits were tried, and how many of them the database kept apart.
#[derive(Default)]
struct Tally {
    edits: u32,
    conflicts: u32,
}

async fn every_edit(world: &dyn World, columns: &[&str]) {
    let declared: Vec<String> =
        columns.iter().enumerate().map(|(number, kind)| format!("c{number} {kind}")).collect();
    let text = if columns[0].contains("COLLATE utf8mb4") { "varchar(40)" } else { "text" };
    world
        .run(&format!("CREATE TABLE kinds (id int PRIMARY KEY, other {text}, {})", declared.join(", ")))
        .await;
    world.run("INSERT INTO kinds (id, other) VALUES (1, 'other')").await;
    let mut tally = Tally::default();
    for (number, kind) in columns.iter().enumerate() {
        let column = format!("c{number}");
        let source =
            world.open_with(&mapping(&column)).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let json = kind.starts_with("json");
        let edits: &[(&str, &str)] = if json { &JSON } else { &EDITS };
        for (was, is) in edits {
            let narrow = kind.contains("latin1")
                && (was.contains('\u{301}') || is.contains('\u{301}') || was.contains('\u{ff21}'));
            if narrow {
                continue;
            }
            world.run(&format!("UPDATE kinds SET {column} = {was}, other = 'other'")).await;
            let before = source_of(&*source, "1").await;
            world.run(&format!("UPDATE kinds SET {column} = {is}")).await;
            let found = source_of(&*source, "1").await;
            // The edited section itself, or another one of the same candidate.
            for section in ["cv", "other"] {
                let new = if json && section == "cv" { "\"new\"" } else { "new" };
                let after = with(&before, section, new);
                let outcome = source.compare_and_set(&id("1"), &before, &after).await.unwrap();
                tally.edits += 1;
                if found == before {
                    assert_eq!(outcome, WriteOutcome::Written, "{kind}: {was} {is} is no conflict");
                    assert_eq!(source_of(&*source, "1").await, after, "{kind}");
                    let back = source.compare_and_set(&id("1"), &after, &before).await.unwrap();
                    assert_eq!(back, WriteOutcome::Written, "{kind}");
                } else {
                    tally.conflicts += 1;
                    assert_eq!(outcome, WriteOutcome::Changed(found.clone()), "{kind}: {was} {is}");
                    assert_eq!(source_of(&*source, "1").await, found, "{kind}: {was} {is}");
                }
            }
        }
    }
    assert!(tally.conflicts * 10 > tally.edits * 7, "{} of {} were conflicts", tally.conflicts, tally.edits);
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_sqlite() {
    let world = Lite::new().await;
    every_edit(&world, &["TEXT", "TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM", "VARCHAR(40)", "BLOB"]).await;
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_postgres() {
    let Some(world) = servers::postgres().await else { return };
    let columns = [
        "text",
        "varchar(40)",
        "char(12)",
        "citext",
        "text COLLATE folded",
        "text COLLATE \"en-x-icu\"",
        "short",
        "json",
        "jsonb",
    ];
    world.run("CREATE DOMAIN short AS varchar(20)").await;
    every_edit(&world, &columns).await;
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_mariadb() {
    let Some(world) = servers::mariadb().await else { return };
    let columns = [
        "text COLLATE utf8mb4_general_ci",
        "text COLLATE utf8mb4_unicode_ci",
        "text COLLATE utf8mb4_bin",
        "varchar(40) COLLATE utf8mb4_unicode_520_ci",
        "char(40)",
        "text CHARACTER SET latin1",
        "mediumtext CHARACTER SET utf8mb3",
        "longtext COLLATE utf8mb4_nopad_bin",
        "json",
        "blob",
    ];
    every_edit(&world, &columns).await;
}

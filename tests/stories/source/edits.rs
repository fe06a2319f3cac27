//! Every kind of column and every edit that some comparison of some engine does not see: whatever differs by a byte is a
//! conflict, and whatever does not is none.

use redraft::{config::Mapping, source::port::WriteOutcome};
use sqlx::{Connection, MySqlConnection};

use super::{
    servers,
    world::{Lite, World, id, source_of, with},
};

/// What stands there, and what a person makes of it, in SQL.
const EDITS: [(&str, &str); 13] = [
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
    // Equal, whatever the character set in which the column keeps it.
    ("'caf\u{e9}'", "'caf\u{e9}'"),
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

/// A kind of column, and whether a comparison by its own `=` would write over some of the edits. What is no text, or what
/// has no `=`, is not asked.
type Column = (&'static str, Option<bool>);

/// Whether the plain `=` takes what stands there now for what stood there before.
async fn is_fooled(world: &dyn World, column: &str, was: &str) -> bool {
    let sql = format!("SELECT CAST(count(*) AS CHAR(9)) FROM kinds WHERE id = 1 AND {column} = {was}");
    world.value(&sql).await.unwrap().trim() != "0"
}

async fn every_edit(world: &dyn World, columns: &[Column]) {
    let declared: Vec<String> =
        columns.iter().enumerate().map(|(number, (kind, _))| format!("c{number} {kind}")).collect();
    let text = if columns[0].0.contains("COLLATE utf8mb4") { "varchar(40)" } else { "text" };
    world
        .run(&format!("CREATE TABLE kinds (id int PRIMARY KEY, other {text}, {})", declared.join(", ")))
        .await;
    world.run("INSERT INTO kinds (id, other) VALUES (1, 'other')").await;
    let mut tally = Tally::default();
    for (number, (kind, coarse)) in columns.iter().enumerate() {
        let column = format!("c{number}");
        let mut fooled = Vec::new();
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
            if coarse.is_some() && found != before && is_fooled(world, &column, was).await {
                fooled.push(format!("{was} → {is}"));
            }
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
        // The control: a write that asks the column's own `=` would have written over these.
        assert_eq!(!fooled.is_empty(), *coarse == Some(true), "{kind}: {fooled:?}");
    }
    assert!(tally.conflicts * 10 > tally.edits * 7, "{} of {} were conflicts", tally.conflicts, tally.edits);
}

/// A write of the same text must not look like one that met no row: the driver asks for rows that match, not for those
/// that change.
#[tokio::test]
async fn the_driver_counts_rows_that_match() {
    let Some(world) = servers::mariadb().await else { return };
    let mut line = MySqlConnection::connect(&world.database.url()).await.unwrap();
    for sql in ["UPDATE people SET summary = summary", "UPDATE people SET summary = 'the same'"] {
        for _ in 0..2 {
            let done = sqlx::query(sql).execute(&mut line).await.unwrap();
            assert_eq!(done.rows_affected(), 5, "{sql}");
        }
    }
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_sqlite() {
    let world = Lite::new().await;
    let columns = [
        ("TEXT", Some(false)),
        ("TEXT COLLATE NOCASE", Some(true)),
        ("TEXT COLLATE RTRIM", Some(true)),
        ("VARCHAR(40)", Some(false)),
        ("BLOB", Some(false)),
    ];
    every_edit(&world, &columns).await;
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_postgres() {
    let Some(world) = servers::postgres().await else { return };
    let columns = [
        ("text", Some(false)),
        ("varchar(40)", Some(false)),
        ("char(12)", Some(false)),
        ("citext", Some(true)),
        ("text COLLATE folded", Some(true)),
        ("text COLLATE \"en-x-icu\"", Some(false)),
        ("short", Some(false)),
        ("json", None),
        ("jsonb", Some(false)),
    ];
    world.run("CREATE DOMAIN short AS varchar(20)").await;
    every_edit(&world, &columns).await;
}

#[tokio::test]
async fn no_edit_is_lost_or_made_up_in_any_column_of_mariadb() {
    let Some(world) = servers::mariadb().await else { return };
    let columns = [
        ("text COLLATE utf8mb4_general_ci", Some(true)),
        ("text COLLATE utf8mb4_unicode_ci", Some(true)),
        // Blanks at the end do not count.
        ("text COLLATE utf8mb4_bin", Some(true)),
        ("varchar(40) COLLATE utf8mb4_unicode_520_ci", Some(true)),
        ("char(40)", Some(true)),
        ("text CHARACTER SET latin1", Some(true)),
        ("mediumtext CHARACTER SET utf8mb3", Some(true)),
        ("longtext COLLATE utf8mb4_nopad_bin", Some(false)),
        ("json", Some(false)),
        ("blob", Some(false)),
    ];
    every_edit(&world, &columns).await;
}

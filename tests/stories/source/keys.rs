//! Keys of every kind that platforms have: each row is found, in one order, and nothing else is.

use redraft::{
    config::Mapping,
    source::port::{PageQuery, SourceError, WriteOutcome},
};

use super::{
    servers::{self, Server},
    world::{World, id, ids, source_of, with},
};

/// A kind of key: the declaration of its columns, their names, the values of some rows in SQL, whether the database
/// itself keeps the key unique.
struct Sort {
    columns: &'static str,
    key: &'static [&'static str],
    rows: &'static [&'static str],
    unique: Unique,
}

#[derive(Clone, Copy)]
enum Unique {
    Yes,
    No,
}

const fn sort(columns: &'static str, rows: &'static [&'static str]) -> Sort {
    Sort { columns, key: &["k"], rows, unique: Unique::Yes }
}

const LETTERS: &[&str] = &["'a'", "'B'", "'c d'", "'Ünï'", "'z/%'", "'_'", "'10'", "'9'", "'o''hara'"];

const POSTGRES: &[Sort] = &[
    sort("k smallint", &["-5", "0", "32767"]),
    sort("k bigint", &["-9223372036854775808", "10", "9", "9223372036854775807"]),
    sort("k uuid", &["'0189f7c0-9a1b-7c3d-8e5f-001122334455'", "'ffffffff-0000-0000-0000-000000000000'"]),
    sort("k text", LETTERS),
    sort("k text COLLATE folded", LETTERS),
    sort("k varchar(20) COLLATE \"en-x-icu\"", LETTERS),
    sort("k citext", LETTERS),
    sort("k char(12)", LETTERS),
    sort("k numeric(10, 2)", &["-1.5", "9", "10", "10.25"]),
    sort("k date", &["'2020-02-29'", "'1999-12-31'", "'infinity'"]),
    sort("k timestamptz", &["'2020-01-01 00:00:00.123456+00'", "'2020-01-01 00:00:00+01'"]),
    sort("k mood", &["'sad'", "'fine'"]),
    sort("k bytea", &["'\\x00ff'", "'\\x'", "'\\x61'"]),
    sort("k boolean", &["true", "false"]),
    Sort {
        columns: "a uuid, b numeric, c varchar(5)",
        key: &["a", "b", "c"],
        rows: &[
            "'00000000-0000-0000-0000-000000000001', 10, 'x'",
            "'00000000-0000-0000-0000-000000000001', 9, 'y/z'",
            "'00000000-0000-0000-0000-000000000001', 9, 'X'",
            "'00000000-0000-0000-0000-000000000000', 11, ''",
        ],
        unique: Unique::Yes,
    },
    Sort {
        columns: "k text COLLATE folded",
        key: &["k"],
        rows: &["'a'", "'A'", "'á'", "'b'", "'B'"],
        unique: Unique::No,
    },
    Sort { columns: "k citext", key: &["k"], rows: &["'a'", "'A'", "'b'", "'B'"], unique: Unique::No },
];

const MARIADB: &[Sort] = &[
    sort("k tinyint(1) unsigned", &["0", "200", "255"]),
    sort("k bigint unsigned", &["0", "18446744073709551610", "9007199254740993", "9007199254740992"]),
    sort("k mediumint", &["-8388608", "8388607", "0"]),
    sort("k uuid", &["'0189f7c0-9a1b-7c3d-8e5f-001122334455'", "'ffffffff-0000-0000-0000-000000000000'"]),
    sort("k varchar(20) COLLATE utf8mb4_general_ci", LETTERS),
    sort("k varchar(20) COLLATE utf8mb4_unicode_ci", LETTERS),
    sort("k varchar(20) COLLATE utf8mb4_bin", LETTERS),
    sort("k varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci", LETTERS),
    sort("k varchar(20) CHARACTER SET utf8mb3", LETTERS),
    sort("k char(12)", LETTERS),
    sort("k decimal(10, 0)", &["-1", "9", "10"]),
    sort("k decimal(30, 10)", &["12345678901234567890.0000000001", "12345678901234567890.0000000002"]),
    sort("k datetime", &["'0000-00-00 00:00:00'", "'1000-01-01 00:00:00'", "'2020-02-29 12:00:00'"]),
    sort("k date", &["'0000-00-00'", "'2020-02-29'"]),
    sort("k binary(2)", &["x'00ff'", "x'6161'"]),
    Sort {
        columns: "a int unsigned, b decimal(10, 0), c varchar(5)",
        key: &["a", "b", "c"],
        rows: &["1, 10, 'x'", "1, 9, 'y/z'", "1, 9, 'X'", "0, 11, ''"],
        unique: Unique::Yes,
    },
    Sort {
        columns: "k varchar(20) COLLATE utf8mb4_general_ci",
        key: &["k"],
        rows: &["'a'", "'A'", "'á'", "'a '", "'b'", "'B'"],
        unique: Unique::No,
    },
];

#[tokio::test]
async fn every_kind_of_key_of_postgres_is_paged_and_found() {
    let Some(world) = servers::postgres().await else { return };
    world.run("CREATE TYPE mood AS ENUM ('sad', 'fine')").await;
    every_kind(&world, POSTGRES).await;
}

#[tokio::test]
async fn every_kind_of_key_of_mariadb_is_paged_and_found() {
    let Some(world) = servers::mariadb().await else { return };
    every_kind(&world, MARIADB).await;
}

fn mapping(table: &str, key: &[&str]) -> Mapping {
    let text = format!(
        "[candidate]\ntable = \"{table}\"\nkey = {key:?}\ndisplay = [\"name\"]\n\
         [[section]]\nid = \"cv\"\ncolumn = \"cv\"\n"
    );
    toml::from_str(&text).unwrap()
}

async fn every_kind(world: &Server, sorts: &[Sort]) {
    for (number, sort) in sorts.iter().enumerate() {
        let (table, what) = (format!("kind_{number}"), sort.columns);
        let key = match sort.unique {
            Unique::Yes => format!(", PRIMARY KEY ({})", sort.key.join(", ")),
            Unique::No => String::new(),
        };
        world.run(&format!("CREATE TABLE {table} ({what}, name text, cv text{key})")).await;
        for (row, values) in sort.rows.iter().enumerate() {
            world.run(&format!("INSERT INTO {table} VALUES ({values}, 'n{row}', 'cv {row}')")).await;
        }
        let source = world
            .open_with(&mapping(&table, sort.key))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let (all, more) = ids(&*source, PageQuery { limit: 100, ..PageQuery::default() }).await;
        assert_eq!((all.len(), more), (sort.rows.len(), false), "{what}: {all:?}");
        let mut one_by_one = Vec::new();
        while let (found, true) = {
            let after = one_by_one.last().map(|key: &String| id(key));
            let (found, more) = ids(&*source, PageQuery { limit: 1, after, search: None }).await;
            one_by_one.extend(found.clone());
            (found, more)
        } {
            assert_eq!(found.len(), 1, "{what}");
        }
        assert_eq!(one_by_one, all, "{what}");
        let mut texts = Vec::new();
        for key in &all {
            let before = source_of(&*source, key).await;
            texts.push(before.sections[0].text.clone().unwrap());
            let after = with(&before, "cv", "new");
            let outcome = source.compare_and_set(&id(key), &before, &after).await.unwrap();
            assert_eq!(outcome, WriteOutcome::Written, "{what} {key}");
            assert_eq!(
                source.compare_and_set(&id(key), &after, &before).await.unwrap(),
                WriteOutcome::Written
            );
        }
        texts.sort();
        let expected: Vec<String> = (0..sort.rows.len()).map(|row| format!("cv {row}")).collect();
        assert_eq!(texts, expected, "{what}: each key is its own row's");
    }
}

/// Whatever the key is made of: who was there the whole time is seen once and in order, whoever comes or goes between
/// two pages.
#[tokio::test]
async fn pages_of_every_kind_of_key_stay_in_step_while_rows_come_and_go() {
    type Literal = fn(u32) -> String;
    let kinds: [(&str, &[&str], Literal); 4] = [
        ("k integer NOT NULL", &["k"], |number| number.to_string()),
        ("k uuid NOT NULL", &["k"], |number| format!("'0189f7c0-9a1b-7c3d-8e5f-{number:012x}'")),
        ("k varchar(20) NOT NULL", &["k"], |number| format!("'o''{number:03}/%'")),
        ("a varchar(20) NOT NULL, b integer NOT NULL", &["a", "b"], |number| {
            format!("'{}', {number}", char::from(b'a' + u8::try_from(number / 7).unwrap()))
        }),
    ];
    for world in [servers::postgres().await, servers::mariadb().await].into_iter().flatten() {
        for (number, (columns, key, literal)) in kinds.iter().enumerate() {
            let table = format!("pages_{number}");
            world
                .run(&format!(
                    "CREATE TABLE {table} ({columns}, name text, cv text, PRIMARY KEY ({}))",
                    key.join(", ")
                ))
                .await;
            let insert = |row: u32| {
                let sql = format!("INSERT INTO {table} VALUES ({}, '{row}', 'cv')", literal(row));
                let world = &world;
                async move { world.run(&sql).await }
            };
            let delete = |row: u32| {
                let sql = format!("DELETE FROM {table} WHERE name = '{row}'");
                let world = &world;
                async move { world.run(&sql).await }
            };
            for row in (10..50).step_by(2) {
                insert(row).await;
            }
            let source = world.open_with(&mapping(&table, key)).await.unwrap();
            let (mut seen, mut after, mut page) = (Vec::<u32>::new(), None, 0);
            let (mut gone, mut late) = (vec![], vec![]);
            loop {
                let query = PageQuery { limit: 3, after: after.clone(), search: None };
                let found = source.page(&query).await.unwrap();
                seen.extend(found.candidates.iter().map(|one| one.name.parse::<u32>().unwrap()));
                after = found.candidates.last().map(|one| one.id.clone());
                if !found.more {
                    break;
                }
                // One behind the page and one before it go, one comes on each side.
                let last = *seen.last().unwrap();
                delete(last).await;
                delete(last + 4).await;
                gone.push(last + 4);
                insert(9 - page).await;
                if last < 46 {
                    insert(last + 3).await;
                    late.push(last + 3);
                }
                page += 1;
            }
            let stayed = (10..50).step_by(2).chain(late).filter(|row| !gone.contains(row));
            let mut expected: Vec<u32> = stayed.collect();
            expected.sort_unstable();
            assert_eq!(seen, expected, "{columns}");
        }
    }
}

/// A key that the collation holds for equal to another one is not that other one.
#[tokio::test]
async fn a_key_is_found_by_its_own_bytes_alone() {
    for world in [servers::postgres().await, servers::mariadb().await].into_iter().flatten() {
        let folding = if world.is_postgres() { "citext" } else { "varchar(20)" };
        world.run(&format!("CREATE TABLE t (k {folding} PRIMARY KEY, name text, cv text)")).await;
        world.run("INSERT INTO t VALUES ('Anna', 'n', 'x')").await;
        let source = world.open_with(&mapping("t", &["k"])).await.unwrap();
        assert!(source.read(&id("Anna")).await.unwrap().is_some());
        for other in ["anna", "ANNA", "Anna ", "Änna", "a\0b"] {
            assert_eq!(source.read(&id(other)).await.unwrap(), None, "{other:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_of_the_table_is_nobodys() {
    for world in [servers::postgres().await, servers::mariadb().await].into_iter().flatten() {
        world.run("CREATE TABLE t (k int PRIMARY KEY, name text, cv text)").await;
        world.run("INSERT INTO t VALUES (5, 'n', 'x')").await;
        let source = world.open_with(&mapping("t", &["k"])).await.unwrap();
        assert!(source.read(&id("5")).await.unwrap().is_some());
        for other in ["05", "5.0", "x", "", "99999999999", "99999999999999999999", "5 OR 1 = 1"] {
            assert_eq!(source.read(&id(other)).await.unwrap(), None, "{other:?}");
        }
    }
}

#[tokio::test]
async fn what_has_no_order_is_refused_as_a_key() {
    for world in [servers::postgres().await, servers::mariadb().await].into_iter().flatten() {
        world.run("CREATE TABLE t (k double precision PRIMARY KEY, name text, cv text)").await;
        let Err(SourceError::Mapping { message, place, .. }) = world.open_with(&mapping("t", &["k"])).await
        else {
            panic!("it was taken")
        };
        assert!(message.contains("\"k\"") && message.contains("double"), "{message}");
        assert!(place.starts_with("mapping.candidate.key"), "{place}");
    }
}

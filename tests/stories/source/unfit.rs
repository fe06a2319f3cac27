//! A text that its column cannot hold is refused before anything is sent, and the sentence says which characters, where, or
//! how long it may be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use redraft::{
    config::{DatabaseSettings, Mapping, WithoutTransactions, WriteBackSettings},
    probe::{self, Moment, Op, Probe, Side},
    source::{self, port::WriteOutcome},
};

use super::world::{id, source_of, with};
use crate::support::servers::{self, Database};

/// Counts what is sent to the candidate database.
#[derive(Default)]
struct Sent(AtomicUsize);

#[async_trait]
impl Probe for Sent {
    async fn pass(&self, op: Op, moment: Moment) {
        if op.side == Side::Candidates && moment == Moment::Before {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A column, what is to be written into it, and what is said; nothing is said where it fits.
type Case<'a> = (&'a str, String, Option<&'a str>);

/// Tries each text. The table `kinds` has one row, whose key is 1.
async fn each_is_told(database: &Database, cases: Vec<Case<'_>>) {
    for (column, text, told) in cases {
        // The name may end in a codec.
        let (name, codec) = column.split_once(' ').unwrap_or((column, ""));
        let mapping: Mapping = toml::from_str(&format!(
            "[candidate]\ntable = \"kinds\"\nkey = [\"id\"]\ndisplay = [\"id\"]\n\
             [[section]]\nid = \"cv\"\ncolumn = \"{name}\"\n{codec}"
        ))
        .unwrap();
        let source = source::open(&DatabaseSettings::at(database.url()), &mapping).await.unwrap();
        let before = source_of(&*source, "1").await;
        let after = with(&before, "cv", &text);
        let sent = Arc::new(Sent::default());
        let write = async { source.compare_and_set(&id("1"), &before, &after).await };
        let outcome = probe::under(sent.clone() as Arc<dyn Probe>, write).await.unwrap();
        let now = source_of(&*source, "1").await;
        match (told, outcome) {
            (None, WriteOutcome::Written) => assert_eq!(now, after, "{column}: {text}"),
            (Some(words), WriteOutcome::Refused(why)) => {
                assert!(why.contains(words), "{column}: {why}, not {words}");
                assert_eq!(sent.0.load(Ordering::Relaxed), 0, "{column}: something was sent");
                assert_eq!(now, before, "{column}");
            }
            (told, outcome) => panic!("{column}: {text}: {outcome:?}, not {told:?}"),
        }
    }
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
async fn what_a_column_of_mariadb_cannot_hold_is_refused_with_its_characters_or_its_length() {
    let Some(database) = servers::mariadb() else { return };
    database.run(
        "CREATE TABLE kinds (id int PRIMARY KEY, latin text CHARACTER SET latin1,
             three varchar(40) CHARACTER SET utf8mb3, plain varchar(40) CHARACTER SET ascii,
             tiny tinytext CHARACTER SET utf8mb4, tiny_latin tinytext CHARACTER SET latin1,
             tiny_wide tinytext CHARACTER SET ucs2, big text CHARACTER SET utf8mb4) ENGINE = InnoDB;
         INSERT INTO kinds VALUES (1, 'a', 'a', 'a', 'a', 'a', 'a', 'a')",
    );
    let text = str::to_owned;
    let opencats = "three codec = [\"opencats_fulltext\"]";
    each_is_told(
        &database,
        vec![
            (
                "latin",
                "a".repeat(119) + "😀 b 😀",
                Some("its character set latin1 does not have \"😀\" (U+1F600) at character 120."),
            ),
            ("latin", text("Łódź"), Some("\"Ł\" (U+0141) at character 1, \"ź\" (U+017A) at character 4.")),
            ("latin", text("a\u{202e}b"), Some("does not have U+202E at character 2.")),
            ("latin", text("ąćęłńśż"), Some("\"ń\" (U+0144) at character 5 and 2 more.")),
            ("latin", text("caf\u{e9} € – “x” \u{81}"), None),
            (
                "three",
                text("naïve 😀"),
                Some("its character set utf8mb3 does not have \"😀\" (U+1F600) at character 7."),
            ),
            ("three", text("𠮷"), Some("\"𠮷\" (U+20BB7) at character 1.")),
            ("three", text("snow \u{2603} Łódź 吉"), None),
            ("three", "é".repeat(41), Some("has 41 characters; at most 40 fit into column \"three\".")),
            ("three", "é".repeat(40), None),
            // Stored it is longer than shown: the place is that of the text which people know.
            (opencats, text("R&D 😀"), Some("\"😀\" (U+1F600) at character 5.")),
            (opencats, "&".repeat(7), Some("has 42 characters; at most 40 fit")),
            (
                "plain",
                text("caf\u{e9}"),
                Some("its character set ascii does not have \"é\" (U+00E9) at character 4."),
            ),
            ("tiny", "é".repeat(128), Some("has 256 bytes; at most 255 fit into column \"tiny\".")),
            ("tiny", "é".repeat(127), None),
            ("tiny_latin", "é".repeat(256), Some("has 256 bytes; at most 255 fit")),
            ("tiny_latin", "é".repeat(255), None),
            ("tiny_wide", "é".repeat(128), Some("has 256 bytes; at most 25")),
            ("tiny_wide", "é".repeat(127), None),
            ("big", "é".repeat(32_768), Some("has 65536 bytes; at most 65535 fit into column \"big\".")),
            ("big", "x".repeat(65_535), None),
            ("big", text("a\0b"), Some("holds the character U+0000, at character 2.")),
        ],
    )
    .await;
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
async fn what_a_database_of_postgres_cannot_hold_is_refused_with_its_characters_or_its_length() {
    let text = str::to_owned;
    let table = "CREATE TABLE kinds (id int PRIMARY KEY, cv text, short varchar(5), padded char(5));
                 INSERT INTO kinds VALUES (1, 'Zo\u{eb}', '\u{eb}\u{eb}', 'a')";
    if let Some(database) = servers::postgres_encoded("LATIN1") {
        database.run(table);
        each_is_told(
            &database,
            vec![
                (
                    "cv",
                    text("Costs 5 €"),
                    Some("the database's encoding LATIN1 does not have \"€\" (U+20AC) at character 9."),
                ),
                ("cv", text("😀"), Some("\"😀\" (U+1F600) at character 1.")),
                ("cv", text("caf\u{e9} \u{ff}"), None),
                ("short", "é".repeat(6), Some("has 6 characters; at most 5 fit into column \"short\".")),
                ("short", "é".repeat(5), None),
                // In silence the server would drop these blanks.
                ("short", text("abcd  "), Some("has 6 characters; at most 5 fit")),
            ],
        )
        .await;
    }
    if let Some(database) = servers::postgres_encoded("SQL_ASCII") {
        database.run(table);
        each_is_told(
            &database,
            vec![
                (
                    "cv",
                    text("Zo\u{e9}"),
                    Some("the database's encoding SQL_ASCII does not have \"é\" (U+00E9) at character 3."),
                ),
                // What the platform stores there itself can be stored.
                ("cv", text("Zo\u{eb} cooks."), None),
                ("cv", text("Plain."), None),
                // It counts bytes, because it does not know what they mean.
                (
                    "short",
                    text("\u{eb}\u{eb}\u{eb}"),
                    Some("has 6 bytes; at most 5 fit into column \"short\"."),
                ),
                ("short", text("\u{eb}\u{eb}x"), None),
                ("short", text("abcdef"), Some("has 6 characters; at most 5 fit")),
            ],
        )
        .await;
    }
    if let Some(database) = servers::postgres() {
        database.run(table);
        each_is_told(
            &database,
            vec![
                ("cv", text("a\0b"), Some("holds the character U+0000, at character 2.")),
                ("cv", text("😀 𠮷"), None),
                ("short", "😀".repeat(6), Some("has 6 characters; at most 5 fit")),
                ("short", "😀".repeat(5), None),
            ],
        )
        .await;
    }
}

/// A character set whose characters redraft does not know, in a table that cannot undo: only a strict server keeps the
/// question mark out that a lax one writes in the place of what it cannot store.
#[tokio::test]
async fn what_only_the_server_knows_is_refused_by_it_even_where_nothing_can_be_undone() {
    let Some(database) = servers::mariadb() else { return };
    database.run(
        "CREATE TABLE kinds (id int PRIMARY KEY, cv text CHARACTER SET greek) ENGINE = MyISAM;
         INSERT INTO kinds VALUES (1, 'αβγ')",
    );
    assert_eq!(database.value("SELECT @@GLOBAL.sql_mode"), "", "the server is lax");
    let mapping: Mapping = toml::from_str(
        "[candidate]\ntable = \"kinds\"\nkey = [\"id\"]\ndisplay = [\"id\"]\n[[section]]\nid = \"cv\"\ncolumn = \"cv\"\n",
    )
    .unwrap();
    let writing = WriteBackSettings {
        without_transactions: WithoutTransactions::Write,
        ..WriteBackSettings::default()
    };
    let settings = DatabaseSettings::at(database.url());
    let source = source::open_with(&settings, &mapping, &writing).await.unwrap();
    let before = source_of(&*source, "1").await;
    let outcome = source.compare_and_set(&id("1"), &before, &with(&before, "cv", "Ж")).await.unwrap();
    let WriteOutcome::Refused(why) = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("the column cannot store one of its characters"), "{why}");
    assert_eq!(database.value("SELECT cv FROM kinds"), "αβγ");
    let fits = with(&before, "cv", "δ");
    assert_eq!(source.compare_and_set(&id("1"), &before, &fits).await.unwrap(), WriteOutcome::Written);
}

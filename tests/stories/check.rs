//! What `redraft check` finds on real servers: accounts that may do too much or too little, and tables that are traps.

use redraft::{
    config::{DatabaseSettings, Mapping},
    source::{
        self,
        port::{Check, CheckLevel},
    },
};

use crate::support::servers::{self, Database, Kind};

const MAPPING: &str = "
    [candidate]
    table = \"candidates\"
    key = [\"id\"]
    display = [\"name\"]
    never_read = [\"salary\"]
    [[section]]
    id = \"resume\"
    column = \"cv\"
    set = { changed = \"now()\" }
";

fn made(database: &Database, cv: &str, options: &str) {
    database.run(&format!(
        "CREATE TABLE candidates (id int PRIMARY KEY, name varchar(80), cv {cv}, changed timestamp NULL, salary int)\
         {options}; \
         INSERT INTO candidates VALUES (1, 'Ann Lee', 'Cooked for many.', NULL, 5), (2, 'Bo Li', 'Baked.', NULL, 6);"
    ));
}

async fn checked(url: String) -> Vec<Check> {
    let mapping: Mapping = toml::from_str(MAPPING).unwrap();
    let database = DatabaseSettings::at(url);
    Box::pin(source::open(&database, &mapping)).await.unwrap().check().await
}

/// The messages and remedies about a subject at a level.
fn said(checks: &[Check], subject: &str, level: CheckLevel) -> String {
    let fits = checks.iter().filter(|check| check.subject.starts_with(subject) && check.level == level);
    let told = |check: &Check| format!("{} {}", check.message, check.remedy.clone().unwrap_or_default());
    fits.map(told).collect::<Vec<_>>().concat()
}

#[track_caller]
fn says(checks: &[Check], subject: &str, level: CheckLevel, words: &[&str]) {
    let said = said(checks, subject, level);
    for word in words {
        assert!(said.contains(word), "no {word:?} about {subject} in {checks:#?}");
    }
}

const GRANTS: [(Kind, [&str; 2]); 2] = [
    (
        Kind::Postgres,
        [
            "GRANT SELECT (id, name, cv, changed) ON candidates TO {role}",
            "GRANT UPDATE (cv, changed) ON candidates TO {role}",
        ],
    ),
    (
        Kind::Mariadb,
        [
            "GRANT SELECT (id, name, cv, changed) ON {database}.candidates TO {role}@localhost",
            "GRANT UPDATE (cv, changed) ON {database}.candidates TO {role}@localhost",
        ],
    ),
];

#[tokio::test]
async fn an_account_that_may_do_too_much_or_too_little_is_told_with_its_grants() {
    for (database, (_, [select, update])) in [servers::postgres(), servers::mariadb()]
        .into_iter()
        .zip(GRANTS)
        .filter_map(|(made, grants)| Some((made?, grants)))
    {
        made(&database, "text", "");
        let checks = checked(database.url()).await;
        says(
            &checks,
            "database.privileges",
            CheckLevel::Warning,
            &["may do more than redraft needs", "super", "delete", "GRANT"],
        );
        let (role, password) = database.role("least");
        let grant = |text: &str| {
            database.run(&text.replace("{role}", &role).replace("{database}", database.name()));
        };
        grant(select);
        let url = database.url_as(&role, &password);
        let checks = checked(url.clone()).await;
        says(
            &checks,
            "database.privileges",
            CheckLevel::Error,
            &["may not change candidates.changed, candidates.cv"],
        );
        says(&checks, "write-back", CheckLevel::Error, &["cannot be written"]);
        grant(update);
        let checks = checked(url).await;
        assert!(checks.iter().all(|check| check.level == CheckLevel::Ok), "{checks:#?}");
        says(&checks, "database.privileges", CheckLevel::Ok, &["may do what redraft needs, and no more"]);
        says(&checks, "write-back", CheckLevel::Ok, &["went through and was undone"]);
        assert_eq!(database.value("SELECT cv FROM candidates WHERE id = 1"), "Cooked for many.");
    }
}

#[tokio::test]
async fn a_table_that_cannot_undo_is_not_tried_and_every_trap_is_told() {
    let Some(database) = servers::mariadb() else { return };
    made(&database, "text CHARACTER SET latin1", " ENGINE=MyISAM CHARSET utf8mb4");
    database.run("CREATE TRIGGER touched BEFORE UPDATE ON candidates FOR EACH ROW SET NEW.salary = 7");
    let before = database.dump();
    let checks = checked(database.url()).await;
    says(
        &checks,
        "table.candidates",
        CheckLevel::Warning,
        &["MyISAM, which cannot undo", "ENGINE=InnoDB", "fires touched"],
    );
    says(
        &checks,
        "column.candidates.cv",
        CheckLevel::Warning,
        &["latin1, which has few characters beyond ASCII"],
    );
    says(&checks, "column.candidates.cv", CheckLevel::Ok, &["65,535 bytes"]);
    says(&checks, "write-back", CheckLevel::Warning, &["left out", "could not undo"]);
    assert!(database.dump().differs_from(&before).is_empty(), "the check wrote");
}

#[tokio::test]
async fn three_byte_characters_and_padded_columns_are_told() {
    let Some(database) = servers::mariadb() else { return };
    made(&database, "varchar(200) CHARACTER SET utf8mb3", " ENGINE=InnoDB");
    let checks = checked(database.url()).await;
    says(&checks, "column.candidates.cv", CheckLevel::Warning, &["no emoji"]);
    says(&checks, "column.candidates.cv", CheckLevel::Ok, &["It holds 200 characters"]);
    let Some(database) = servers::postgres() else { return };
    made(&database, "char(40)", "");
    let checks = checked(database.url()).await;
    says(&checks, "column.candidates.cv", CheckLevel::Warning, &["blanks at the end of a text are lost"]);
}

//! What `redraft check` finds on real servers: accounts that may do too much or too little, and tables that are traps.

use redraft::{
    config::{DatabaseSettings, Mapping, ReceiptSettings, WithoutTransactions, WriteBackSettings},
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
        let others = checks.iter().filter(|check| check.subject != "writeback.receipts");
        assert!(others.into_iter().all(|check| check.level == CheckLevel::Ok), "{checks:#?}");
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

/// What a check says of the receipts, with its level and remedy.
async fn receipts(url: &str, receipts: ReceiptSettings) -> (CheckLevel, String, String) {
    let mapping: Mapping = toml::from_str(MAPPING).unwrap();
    let writing = WriteBackSettings { receipts, without_transactions: WithoutTransactions::Write };
    let database = DatabaseSettings::at(url.to_owned());
    let checks = Box::pin(source::open_with(&database, &mapping, &writing)).await.unwrap().check().await;
    let check = checks.into_iter().find(|check| check.subject == "writeback.receipts").unwrap();
    (check.level, check.message, check.remedy.unwrap_or_default())
}

#[track_caller]
fn comes_to((level, message, remedy): &(CheckLevel, String, String), expected: (CheckLevel, &str, &str)) {
    assert_eq!(*level, expected.0, "{message}");
    assert!(message.contains(expected.1), "{message}, not {}", expected.1);
    assert!(
        remedy.contains(expected.2) && remedy.is_empty() == expected.2.is_empty(),
        "{remedy}, not {}",
        expected.2
    );
}

/// Off, on and auto, while the table is not there, cannot be made, is there, may not be used, and is another.
#[tokio::test]
async fn whether_receipts_are_kept_is_told_with_what_to_do() {
    use ReceiptSettings::{Auto, Off, On};
    const MAKE: &str = "CREATE TABLE redraft_receipt (intent_id varchar(36) NOT NULL PRIMARY KEY)";
    for (database, (_, [select, update])) in [servers::postgres(), servers::mariadb()]
        .into_iter()
        .zip(GRANTS)
        .filter_map(|(made, grants)| Some((made?, grants)))
    {
        made(&database, "text", "");
        let (role, password) = database.role("least");
        let grant = |text: &str| {
            database.run(&text.replace("{role}", &role).replace("{database}", database.name()));
        };
        grant(select);
        grant(update);
        let (all, least) = (database.url(), database.url_as(&role, &password));
        let before = database.dump();
        let off = receipts(&all, Off).await;
        comes_to(&off, (CheckLevel::Ok, "\"off\": no receipts are kept.", "Say receipts = \"auto\""));
        let there = "the table redraft_receipt is not there yet; the first write makes it.";
        comes_to(&receipts(&all, Auto).await, (CheckLevel::Ok, there, ""));
        let missing = "the account sees no table redraft_receipt and may not make one";
        let remedy = "Let an administrator say: CREATE TABLE IF NOT EXISTS redraft_receipt";
        comes_to(&receipts(&least, Auto).await, (CheckLevel::Warning, missing, remedy));
        comes_to(&receipts(&least, On).await, (CheckLevel::Error, "Nothing is written until", remedy));
        assert!(database.dump().differs_from(&before).is_empty(), "the check wrote");

        database.run(MAKE);
        comes_to(&receipts(&all, Auto).await, (CheckLevel::Ok, "receipts are kept in ", ""));
        let grants = "GRANT SELECT, INSERT ON ";
        // What an account may not use, MariaDB does not even show to it.
        let unusable = match database.kind() {
            Kind::Postgres => (CheckLevel::Error, "no write will get through", grants),
            Kind::Mariadb => (CheckLevel::Warning, missing, remedy),
        };
        comes_to(&receipts(&least, Auto).await, unusable);
        let to = if database.kind() == Kind::Mariadb { "{role}@localhost" } else { "{role}" };
        grant(&format!("GRANT SELECT, INSERT ON redraft_receipt TO {to}"));
        comes_to(&receipts(&least, On).await, (CheckLevel::Ok, "\"on\": receipts are kept in ", ""));
        if database.kind() == Kind::Mariadb {
            database.run("ALTER TABLE redraft_receipt ENGINE = MyISAM");
            let remedy = "ALTER TABLE redraft_receipt ENGINE=InnoDB;";
            comes_to(&receipts(&all, Auto).await, (CheckLevel::Warning, "knows no transactions", remedy));
            comes_to(&receipts(&all, On).await, (CheckLevel::Error, "knows no transactions", remedy));
            database.run("ALTER TABLE candidates ENGINE = MyISAM");
            comes_to(&receipts(&all, On).await, (CheckLevel::Ok, "\"candidates\" knows no transactions", ""));
            database.run("ALTER TABLE candidates ENGINE = InnoDB");
        }
        database.run("DROP TABLE redraft_receipt; CREATE TABLE redraft_receipt (number integer)");
        comes_to(
            &receipts(&all, Auto).await,
            (CheckLevel::Error, "without the column intent_id", "Rename it"),
        );
    }
}

/// Columns that only the tenant or SQL of the mapping names are granted too, and schema and names are quoted.
#[tokio::test]
async fn the_statements_that_the_check_gives_are_enough() {
    for database in [servers::postgres(), servers::mariadb()].into_iter().flatten() {
        let mariadb = database.kind() == Kind::Mariadb;
        let quoted = |name: &str| if mariadb { format!("`{name}`") } else { format!("\"{name}\"") };
        let (table, schema) = if mariadb {
            (quoted("Person's record"), "")
        } else {
            database.run("CREATE SCHEMA \"Talent Pool\"");
            (format!("\"Talent Pool\".{}", quoted("Person's record")), "Talent Pool.")
        };
        let [number, site, name, agrees] = ["No.", "Site", "First Name", "Opt In"].map(quoted);
        database.run(&format!(
            "CREATE TABLE {table} ({number} int PRIMARY KEY, {site} int, {name} varchar(80), cv text, {agrees} int, \
             salary int); INSERT INTO {table} VALUES (1, 1, 'Ann', 'Cooked.', 1, 5), (2, 2, 'Bo', 'Baked.', 1, 6)"
        ));
        let mapping = format!(
            "tenant = {{ column = \"Site\", value = 1 }}\n[candidate]\ntable = \"{schema}Person's record\"\n\
             key = [\"No.\"]\ndisplay = [\"First Name\"]\nnever_read = [\"salary\"]\nwhere = '{agrees} = 1'\n\
             [[section]]\nid = \"cv\"\ncolumn = \"cv\"\n"
        );
        let mapping: Mapping = toml::from_str(&mapping).unwrap();
        let look = async |url: String| {
            Box::pin(source::open(&DatabaseSettings::at(url), &mapping)).await.unwrap().check().await
        };
        let broader = said(&look(database.url()).await, "database.privileges", CheckLevel::Warning);
        let (_, statements) = broader.split_once("an account of its own: ").unwrap();
        assert!(!statements.contains("salary"), "{statements}");
        let (role, password) = database.role("given");
        let to = if mariadb { format!("TO {role}@localhost") } else { format!("TO {role}") };
        database.run(&statements.replace("TO …", &to));
        let checks = look(database.url_as(&role, &password)).await;
        let mut others = checks.iter().filter(|check| check.subject != "writeback.receipts");
        assert!(others.all(|check| check.level == CheckLevel::Ok), "{checks:#?}");
        says(&checks, "mapping.candidate", CheckLevel::Ok, &["The mapping sees 1 candidate."]);
        says(&checks, "database.privileges", CheckLevel::Ok, &["may do what redraft needs, and no more"]);
    }
}

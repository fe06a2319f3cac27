//! What a database makes of a write by itself – triggers, rules, constraints, types, row-level security – is noticed, told in
//! a sentence without the text, and leaves nothing behind.

use redraft::{
    config::{DatabaseSettings, Mapping},
    domain::Document,
    source::{
        self,
        port::{SourceError, WriteOutcome},
    },
};

use super::world::{id, source_of, with};
use crate::support::servers::{self, Database, Kind};

/// What is sent; its blank at the end, capitals, digits and the order of its keys are what databases alter.
const SENT: &str = "Maria cooks for 30. ";

/// How a write ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Refused, and nothing of it stays.
    Refused,
    /// Written, and something else stands there since.
    Drifted,
    /// For later: the account may not.
    ReadOnly,
}

/// A column, what is done to the table, and how a write ends then, in which words.
struct Case {
    column: &'static str,
    done: &'static str,
    end: End,
    words: &'static str,
}

const fn case(column: &'static str, done: &'static str, end: End, words: &'static str) -> Case {
    Case { column, done, end, words }
}

const TRIMMED: &str = "is stored differently: white space at the beginning or the end is changed, from character 20 on; \
                       20 bytes were sent, 19 are stored. In shape, \"…aaaa aaa 99. \" was sent and \"…aaaa aaa 99.\" is stored.";

const POSTGRES: [Case; 13] = [
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.cv = trim(NEW.cv); RETURN NEW; END';
         CREATE TRIGGER t BEFORE UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION f()",
        End::Refused,
        TRIMMED,
    ),
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER t BEFORE UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION f()",
        End::Refused,
        "The database took the statement but wrote no row: a trigger, a rule or a view is in the way.",
    ),
    case(
        "text",
        "CREATE RULE r AS ON UPDATE TO kinds DO INSTEAD NOTHING",
        End::Refused,
        "The database took the statement but wrote no row: a trigger, a rule or a view is in the way.",
    ),
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN RAISE EXCEPTION ''not %'', NEW.cv; END';
         CREATE TRIGGER t BEFORE UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION f()",
        End::Refused,
        "The database refuses the text: a trigger of the table refuses it.",
    ),
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         'BEGIN DELETE FROM kinds WHERE id = NEW.id; RETURN NULL; END';
         CREATE TRIGGER t AFTER UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION f()",
        End::Refused,
        "After the write the candidate was gone: a trigger removes it.",
    ),
    case(
        "text",
        "ALTER TABLE kinds ADD CONSTRAINT no_numbers CHECK (cv !~ '[0-9]')",
        End::Refused,
        "The database refuses the text: it breaks the constraint \"no_numbers\".",
    ),
    // Only at the commit, after the text was read back.
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN RAISE EXCEPTION ''not %'', NEW.cv; END';
         CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON kinds DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION f()",
        End::Refused,
        "The database refuses the text: a trigger of the table refuses it.",
    ),
    case(
        "text",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN UPDATE kinds SET cv = trim(cv) WHERE id = NEW.id AND cv <> trim(cv); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON kinds DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION f()",
        End::Drifted,
        TRIMMED,
    ),
    case("char(30)", "SELECT 1", End::Refused, TRIMMED),
    case(
        "jsonb",
        "SELECT 1",
        End::Refused,
        "In shape, \"{\\\"a\\\": 9,  \\\"a\\\": \\\"Aa\\\"}\" was sent and \"{\\\"a\\\": \\\"Aa\\\", \\\"a\\\": 9}\" is stored.",
    ),
    case(
        "text",
        "ALTER TABLE kinds ENABLE ROW LEVEL SECURITY;
         CREATE POLICY seen ON kinds FOR SELECT USING (true); CREATE POLICY changed ON kinds FOR UPDATE USING (false)",
        End::ReadOnly,
        "row-level security shows this candidate to the account, but does not let it change the row",
    ),
    case(
        "text",
        "ALTER TABLE kinds ENABLE ROW LEVEL SECURITY;
         CREATE POLICY seen ON kinds FOR SELECT USING (true);
         CREATE POLICY changed ON kinds FOR UPDATE USING (true) WITH CHECK (cv !~ '[0-9]')",
        End::ReadOnly,
        "new row violates row-level security policy for table \"kinds\"",
    ),
    case("text", "REVOKE UPDATE ON kinds FROM PUBLIC", End::ReadOnly, "permission denied for table kinds"),
];

const MARIADB: [Case; 6] = [
    case(
        "text",
        "CREATE TRIGGER t BEFORE UPDATE ON kinds FOR EACH ROW SET NEW.cv = TRIM(NEW.cv)",
        End::Refused,
        TRIMMED,
    ),
    case(
        "text",
        "CREATE TRIGGER t BEFORE UPDATE ON kinds FOR EACH ROW
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not Maria'",
        End::Refused,
        "The database refuses the text: a trigger of the table refuses it.",
    ),
    case(
        "text",
        "ALTER TABLE kinds ADD CONSTRAINT no_numbers CHECK (cv NOT RLIKE '[0-9]')",
        End::Refused,
        "The database refuses the text: CONSTRAINT `no_numbers` failed",
    ),
    case("char(30)", "SELECT 1", End::Refused, TRIMMED),
    // A row that the text itself takes out of a view with a check.
    case(
        "text",
        "RENAME TABLE kinds TO behind;
         CREATE SQL SECURITY INVOKER VIEW kinds AS SELECT * FROM behind WHERE cv NOT RLIKE '[0-9]' WITH CHECK OPTION",
        End::Refused,
        "The database refuses the text: a value does not fit its column.",
    ),
    case("text", "SELECT 1", End::ReadOnly, "command denied to user"),
];

fn mapping() -> Mapping {
    toml::from_str(
        "[candidate]\ntable = \"kinds\"\nkey = [\"id\"]\ndisplay = [\"id\"]\n[[section]]\nid = \"cv\"\ncolumn = \"cv\"\n",
    )
    .unwrap()
}

async fn ends_as_told(database: &Database, Case { column, done, end, words }: &Case) {
    let (was, sent) =
        if *column == "jsonb" { ("\"x\"", "{\"b\": 1,  \"a\": \"Xy\"}") } else { ("Cooks.", SENT) };
    let engine = if database.kind() == Kind::Mariadb { " ENGINE = InnoDB" } else { "" };
    database.run(&format!(
        "CREATE TABLE kinds (id int PRIMARY KEY, cv {column}){engine}; INSERT INTO kinds VALUES (1, '{was}'); {done}"
    ));
    let (role, password) = database.role(&format!("r{:08x}", rand::random::<u32>()));
    let to = match database.kind() {
        Kind::Postgres => role.clone(),
        Kind::Mariadb => format!("{role}@localhost"),
    };
    let may = if words.contains("denied") { "SELECT" } else { "SELECT, UPDATE" };
    let tables: &[&str] = if done.contains("behind") { &["kinds", "behind"] } else { &["kinds"] };
    for table in tables {
        database.run(&format!("GRANT {may} ON {table} TO {to}"));
    }
    let settings = DatabaseSettings::at(database.url_as(&role, &password));
    let source = source::open(&settings, &mapping()).await.unwrap();
    let before = source_of(&*source, "1").await;
    assert_eq!(before.sections[0].text.as_deref(), Some(was), "{done}");
    let after: Document = with(&before, "cv", sent);
    let outcome = source.compare_and_set(&id("1"), &before, &after).await;
    let (told, is) = match &outcome {
        Ok(WriteOutcome::Refused(why)) => (why.clone(), End::Refused),
        Ok(WriteOutcome::Drifted(why)) => (why.clone(), End::Drifted),
        Err(why @ SourceError::ReadOnly(_)) => (why.to_string(), End::ReadOnly),
        other => panic!("{column} {done}: {other:?}"),
    };
    assert_eq!(is, *end, "{column} {done}: {told}");
    assert!(told.contains(words), "{told}, not {words}");
    assert!(!told.contains("Maria") && !told.contains("cooks"), "{told}");
    let now = source_of(&*source, "1").await;
    match end {
        End::Refused | End::ReadOnly => assert_eq!(now, before, "{column} {done}"),
        End::Drifted => assert_ne!(now, before, "{column} {done}"),
    }
    drop(source);
    if database.kind() == Kind::Mariadb {
        database.run(&format!("DROP USER {to}"));
    }
}

#[tokio::test]
async fn what_postgres_makes_of_a_write_by_itself_has_its_sentence() {
    for case in &POSTGRES {
        let Some(database) = servers::postgres() else { return };
        ends_as_told(&database, case).await;
    }
}

#[tokio::test]
async fn what_mariadb_makes_of_a_write_by_itself_has_its_sentence() {
    for case in &MARIADB {
        let Some(database) = servers::mariadb() else { return };
        ends_as_told(&database, case).await;
    }
}

#[tokio::test]
async fn a_generated_column_is_refused_when_the_mapping_is_read() {
    for (make, computed) in [
        (servers::postgres as fn() -> Option<Database>, "text GENERATED ALWAYS AS (upper(name)) STORED"),
        (servers::mariadb, "text AS (upper(name)) STORED"),
        (servers::mariadb, "text AS (upper(name)) VIRTUAL"),
    ] {
        let Some(database) = make() else { continue };
        database.run(&format!("CREATE TABLE kinds (id int PRIMARY KEY, name varchar(20), cv {computed})"));
        match source::open(&DatabaseSettings::at(database.url()), &mapping()).await.err() {
            Some(SourceError::Mapping { message, place, hint }) => {
                assert_eq!(
                    message,
                    "Section \"cv\" writes column \"cv\", which cannot be written: it is computed by the database."
                );
                assert_eq!(place, "mapping.section[0].column");
                assert!(hint.unwrap().contains("Map another column"));
            }
            other => panic!("{other:?}"),
        }
    }
}

//! What the account may do, against what redraft needs: too little fails, more than needed is worth a warning.

use std::collections::BTreeSet;

use super::{
    db::{Db, DbResult, Engine, Row, Sql, Val},
    port::Check,
    written::Touched,
};

const SUBJECT: &str = "database.privileges";

/// The most columns or tables that a sentence names.
const NAMED: usize = 6;

/// What the account may do with one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rights {
    /// The columns that it may read; `None`: nobody can tell.
    select: BTreeSet<String>,
    /// The columns that it may change.
    update: BTreeSet<String>,
    /// What it may do to rows and the table as a whole, in words: `delete`, `truncate`.
    whole: BTreeSet<String>,
}

/// What the account is and may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Account {
    /// Its name.
    name: String,
    /// Powers over everything, in words.
    powers: Vec<String>,
    /// A role that it acts through, whose rights cannot be listed.
    through: Option<String>,
    /// By table, in the order of those that are touched.
    tables: Vec<Rights>,
}

/// Tells what the account may not do but should, and what it may do but need not.
pub(super) async fn all(db: &Db, tables: &[Touched]) -> Vec<Check> {
    let account = match db.engine() {
        // Whoever may write the file may do everything.
        Engine::Sqlite => return Vec::new(),
        Engine::Postgres => Box::pin(postgres(db, tables)).await,
        Engine::MySql => Box::pin(mysql(db, tables)).await,
    };
    match account {
        Ok(account) => judge(db.engine(), &account, tables),
        Err(error) => vec![Check::warning(
            SUBJECT,
            format!("What the account may do cannot be looked at: {}.", error.message),
            "The trial of a write tells whether it may do enough.",
        )],
    }
}

/// Whether a column of an answer says yes.
pub(super) fn yes(row: &Row, index: usize) -> bool {
    row.get(index).and_then(Val::int) == Some(1)
}

fn words(row: &Row, index: usize) -> String {
    row.get(index).map(Val::words).unwrap_or_default()
}

/// Pieces of a statement with a value between each two.
pub(super) fn statement(engine: Engine, pieces: &[&str], value: &str) -> Sql {
    let mut sql = Sql::new(engine, "");
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            sql.bind(Val::from(value));
        }
        sql.push(piece);
    }
    sql
}

async fn postgres(db: &Db, tables: &[Touched]) -> DbResult<Account> {
    const ROLE: &str = "SELECT CAST(rolname AS text), CAST(CAST(rolsuper AS int) AS int8), \
         CAST(CAST(rolbypassrls AS int) AS int8), CAST(CAST(rolcreaterole AS int) AS int8), \
         CAST(CAST(rolcreatedb AS int) AS int8) FROM pg_roles WHERE rolname = current_user";
    let engine = Engine::Postgres;
    let mut account = Account::default();
    if let Some(row) = db.query(Sql::new(engine, ROLE)).await?.first() {
        account.name = words(row, 0);
        let powers = ["be a superuser", "pass by row security", "make roles", "make databases"];
        let held = powers.into_iter().zip(1..).filter(|(_, index)| yes(row, *index));
        account.powers = held.map(|(word, _)| word.to_owned()).collect();
    }
    for table in tables {
        let name = format!("{}.{}", engine.quote(&table.info.schema), engine.quote(&table.info.name));
        let mut rights = Rights::default();
        let wholes = "SELECT w.word, CAST(CAST(has_table_privilege(CAST(";
        let rest = " AS text), w.word) AS int) AS int8) FROM (VALUES ('DELETE'), ('TRUNCATE'), ('INSERT')) AS w(word)";
        for row in db.query(statement(engine, &[wholes, rest], &name)).await? {
            if yes(&row, 1) {
                rights.whole.insert(words(&row, 0).to_lowercase());
            }
        }
        let columns = [
            "SELECT CAST(a.attname AS text), CAST(CAST(has_column_privilege(CAST(",
            " AS text), CAST(a.attname AS text), 'SELECT') AS int) AS int8), \
             CAST(CAST(has_column_privilege(CAST(",
            " AS text), CAST(a.attname AS text), 'UPDATE') AS int) AS int8) \
             FROM pg_attribute AS a WHERE a.attnum > 0 AND NOT a.attisdropped \
             AND a.attrelid = CAST(CAST(",
            " AS text) AS regclass)",
        ];
        for row in db.query(statement(engine, &columns, &name)).await? {
            if yes(&row, 1) {
                rights.select.insert(words(&row, 0));
            }
            if yes(&row, 2) {
                rights.update.insert(words(&row, 0));
            }
        }
        account.tables.push(rights);
    }
    Ok(account)
}

/// A name of the information schema, whatever its collation.
fn readable(column: &str) -> String {
    format!("CONVERT({column} USING utf8mb4)")
}

/// `user@host` as the information schema has it: `'user'@'host'`.
fn grantee(current: &str) -> String {
    let (user, host) = current.rsplit_once('@').unwrap_or((current, "%"));
    format!("'{user}'@'{host}'")
}

/// An account of MySQL.
struct Who {
    /// `user@host`.
    name: String,
    /// The same as the information schema has it.
    grantee: String,
    /// A role that it acts through.
    through: Option<String>,
    /// What it may do in the whole server.
    everywhere: BTreeSet<String>,
}

async fn mysql_account(db: &Db) -> DbResult<Who> {
    let engine = Engine::MySql;
    let current = db.query(Sql::new(engine, "SELECT CONVERT(CURRENT_USER() USING utf8mb4)")).await?;
    let name = current.first().map(|row| words(row, 0)).unwrap_or_default();
    let grantee = grantee(&name);
    // Servers without roles do not know the question.
    let role = db.query(Sql::new(engine, "SELECT CONVERT(CURRENT_ROLE() USING utf8mb4)")).await;
    let role = role.ok().and_then(|rows| rows.first().map(|row| words(row, 0)));
    let through = role.filter(|role| !role.is_empty() && !role.eq_ignore_ascii_case("none"));
    let global = format!(
        "SELECT {} FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ",
        readable("PRIVILEGE_TYPE")
    );
    let everywhere = db.query(statement(engine, &[&global, ""], &grantee)).await?;
    let everywhere = everywhere.iter().map(|row| words(row, 0)).collect();
    Ok(Who { name, grantee, through, everywhere })
}

/// What the account may do with a table as a whole, whether that is there or not, in the server's words; `None` if it
/// acts through a role, whose rights are not looked at.
pub(super) async fn mysql_held(db: &Db, (schema, table): (&str, &str)) -> DbResult<Option<BTreeSet<String>>> {
    let who = mysql_account(db).await?;
    if who.through.is_some() {
        return Ok(None);
    }
    mysql_whole(db, &who.grantee, &who.everywhere, (schema, table)).await.map(Some)
}

async fn mysql(db: &Db, tables: &[Touched]) -> DbResult<Account> {
    let Who { name, grantee, through, everywhere } = mysql_account(db).await?;
    let mut account = Account { name, through, ..Account::default() };
    let powers = ["SUPER", "FILE", "CREATE USER", "PROCESS", "SHUTDOWN", "DROP", "ALTER"];
    account.powers = powers
        .iter()
        .filter(|power| everywhere.contains(**power))
        .map(|power| (*power).to_lowercase())
        .collect();
    for table in tables {
        account.tables.push(mysql_rights(db, &grantee, &everywhere, table).await?);
    }
    Ok(account)
}

/// What an account that may do `everywhere` in the whole server may do with a table as a whole.
async fn mysql_whole(
    db: &Db,
    grantee: &str,
    everywhere: &BTreeSet<String>,
    (schema, table): (&str, &str),
) -> DbResult<BTreeSet<String>> {
    let mut held = everywhere.clone();
    let mut sql = Sql::new(
        Engine::MySql,
        format!(
            "SELECT {} FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ",
            readable("PRIVILEGE_TYPE")
        ),
    );
    sql.bind(Val::from(grantee)).push(" AND ").bind(Val::from(schema));
    sql.push(" LIKE TABLE_SCHEMA UNION SELECT ").push(&readable("PRIVILEGE_TYPE"));
    sql.push(" FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ").bind(Val::from(grantee));
    sql.push(" AND TABLE_SCHEMA = ").bind(Val::from(schema));
    sql.push(" AND TABLE_NAME = ").bind(Val::from(table));
    held.extend(db.query(sql).await?.iter().map(|row| words(row, 0)));
    Ok(held)
}

/// What an account that may do `everywhere` in the whole server may do with one table.
async fn mysql_rights(
    db: &Db,
    grantee: &str,
    everywhere: &BTreeSet<String>,
    table: &Touched,
) -> DbResult<Rights> {
    let engine = Engine::MySql;
    let held = mysql_whole(db, grantee, everywhere, (&table.info.schema, &table.info.name)).await?;
    let columns: BTreeSet<String> = table.info.columns.iter().map(|column| column.name.clone()).collect();
    let mut rights = Rights::default();
    if held.contains("SELECT") {
        rights.select.clone_from(&columns);
    }
    if held.contains("UPDATE") {
        rights.update = columns;
    }
    let wholes = [("DELETE", "delete"), ("DROP", "drop"), ("ALTER", "alter"), ("INSERT", "insert")];
    rights
        .whole
        .extend(wholes.iter().filter(|(word, _)| held.contains(*word)).map(|(_, word)| (*word).to_owned()));
    let mut sql = Sql::new(
        engine,
        format!(
            "SELECT {}, {} FROM information_schema.COLUMN_PRIVILEGES WHERE GRANTEE = ",
            readable("COLUMN_NAME"),
            readable("PRIVILEGE_TYPE")
        ),
    );
    sql.bind(Val::from(grantee)).push(" AND TABLE_SCHEMA = ");
    sql.bind(Val::from(table.info.schema.as_str())).push(" AND TABLE_NAME = ");
    sql.bind(Val::from(table.info.name.as_str()));
    for row in db.query(sql).await? {
        match words(&row, 1).as_str() {
            "SELECT" => drop(rights.select.insert(words(&row, 0))),
            "UPDATE" => drop(rights.update.insert(words(&row, 0))),
            _ => {}
        }
    }
    Ok(rights)
}

fn judge(engine: Engine, account: &Account, tables: &[Touched]) -> Vec<Check> {
    let name = &account.name;
    let (mut missing, mut broader) = (Vec::new(), Vec::new());
    broader.extend(account.powers.iter().cloned());
    for (table, rights) in tables.iter().zip(&account.tables) {
        let has =
            |set: &BTreeSet<String>, column: &String| set.iter().any(|held| engine.same_name(held, column));
        let written = table.written();
        let read: Vec<&String> = table.read.iter().filter(|column| !has(&rights.select, column)).collect();
        if !read.is_empty() {
            missing.push(format!("read {}", columns(&read, &table.info.name)));
        }
        let write: Vec<&String> = written.iter().filter(|column| !has(&rights.update, column)).collect();
        if !write.is_empty() {
            missing.push(format!("change {}", columns(&write, &table.info.name)));
        }
        let more: Vec<&String> = rights.update.iter().filter(|column| !has(&written, column)).collect();
        if !more.is_empty() {
            broader.push(format!("change {}", columns(&more, &table.info.name)));
        }
        let wholes = rights.whole.iter().filter(|word| !(table.added && word.as_str() == "insert"));
        let wholes: Vec<&str> = wholes.map(String::as_str).collect();
        if !wholes.is_empty() {
            broader.push(format!("{} in {}", wholes.join(", "), table.info.name));
        }
    }
    let grants = format!("Give redraft an account of its own: {}", grants(engine, tables));
    let mut checks = Vec::new();
    if let Some(role) = &account.through {
        let message = format!("{name} acts through the role {role}, whose rights are not looked at.");
        checks.push(Check::ok(SUBJECT, message));
    } else if !missing.is_empty() {
        checks.push(Check::error(SUBJECT, format!("{name} may not {}.", missing.join("; ")), &grants));
    }
    if !broader.is_empty() {
        let message = format!("{name} may do more than redraft needs: {}.", broader.join("; "));
        checks.push(Check::warning(SUBJECT, message, &grants));
    }
    if checks.is_empty() {
        checks.push(Check::ok(SUBJECT, format!("{name} may do what redraft needs, and no more.")));
    }
    checks
}

fn columns(names: &[&String], table: &str) -> String {
    match names.len().checked_sub(NAMED) {
        None | Some(0) => {
            let names: Vec<String> = names.iter().map(|name| format!("{table}.{name}")).collect();
            names.join(", ")
        }
        Some(_) => format!("{} columns of {table}", names.len()),
    }
}

/// The statements that give just enough.
fn grants(engine: Engine, tables: &[Touched]) -> String {
    let quoted = |name: &String| engine.quote(name);
    // Everybody may look into the schema `public`.
    let schemas: BTreeSet<&str> = tables.iter().map(|table| table.info.schema.as_str()).collect();
    let closed = schemas.into_iter().filter(|schema| engine == Engine::Postgres && *schema != "public");
    let usage = closed.map(|schema| format!("GRANT USAGE ON SCHEMA {} TO …;", engine.quote(schema)));
    let statements = tables.iter().map(|table| {
        let mut rights = Vec::new();
        let read: Vec<String> = table.read.iter().map(quoted).collect();
        if !read.is_empty() {
            rights.push(format!("SELECT ({})", read.join(", ")));
        }
        let written: Vec<String> = table.written().iter().map(quoted).collect();
        if !written.is_empty() {
            rights.push(format!("UPDATE ({})", written.join(", ")));
        }
        if table.added {
            rights.push("INSERT".to_owned());
        }
        let (schema, name) = (engine.quote(&table.info.schema), engine.quote(&table.info.name));
        format!("GRANT {} ON {schema}.{name} TO …;", rights.join(", "))
    });
    usage.chain(statements).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grantee_is_written_as_the_server_has_it() {
        assert_eq!(grantee("ats@localhost"), "'ats'@'localhost'");
        assert_eq!(grantee("a@b@%"), "'a@b'@'%'");
    }

    #[test]
    fn many_columns_are_counted_and_few_are_named() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        let all: Vec<&String> = names.iter().collect();
        assert_eq!(columns(&all, "t"), "7 columns of t");
        assert_eq!(columns(&all[..2], "t"), "t.a, t.b");
    }
}

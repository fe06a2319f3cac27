//! The databases of known platforms, with made-up people in them and the traps that such databases hold.

mod frappe;
mod json_resume;
mod odoo;
mod opencats;
mod orangehrm;
mod tests;

use std::fmt::Write as _;

use redraft::demo::{self, Person};

pub use frappe::frappe;
pub use json_resume::{json_resume, legacy_json_resume};
pub use odoo::{odoo, odoo_17, odoo_18, odoo_staff};
pub use opencats::{escape, opencats};
pub use orangehrm::{orangehrm, orangehrm_staff};

use super::servers::{Database, Kind};

/// The database of a platform.
pub struct Platform {
    /// The database, with tables and rows.
    pub database: Database,
    /// The mapping that its documentation gives, from `[mapping]` on.
    pub mapping: String,
}

impl Platform {
    fn new(database: Database, schema: &str, rows: &str, mapping: impl Into<String>) -> Self {
        database.run(schema);
        database.run(rows);
        Self { database, mapping: mapping.into() }
    }
}

/// So many made-up résumés, each one text.
pub fn resumes(count: usize) -> Vec<String> {
    people(count).iter().map(resume).collect()
}

/// Made-up people who all left enough text to be rewritten; all of them agreed to be worked with.
fn people(count: usize) -> Vec<Person> {
    demo::people(demo::DEFAULT_SEED, 10 * count)
        .filter(|person| words(&resume(person)) >= 100)
        .take(count)
        .collect()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The sections of a person's résumé as one text without what three bytes of UTF-8 cannot hold.
fn resume(person: &Person) -> String {
    let parts = [
        ("Summary", &person.summary),
        ("Experience", &person.experience),
        ("Skills", &person.skills),
        ("Education", &person.education),
    ];
    let mut text = String::new();
    for (head, part) in parts {
        if let Some(part) = part {
            writeln!(text, "{head}\n{part}\n").unwrap();
        }
    }
    short(text.trim_end())
}

/// A text without the characters that need four bytes, and without NUL.
fn short(text: &str) -> String {
    text.chars().filter(|c| *c < '\u{10000}' && *c != '\0').collect()
}

/// A text as a literal that needs no escape in any mode of the server.
pub fn literal(kind: Kind, text: &str) -> String {
    let hex = text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    match kind {
        Kind::Postgres => format!("convert_from('\\x{hex}', 'UTF8')"),
        Kind::Mariadb => format!("_utf8mb4 X'{hex}'"),
    }
}

/// A row of literals.
fn insert(sql: &mut String, table: &str, columns: &str, values: &[String]) {
    writeln!(sql, "INSERT INTO {table} ({columns}) VALUES ({});", values.join(", ")).unwrap();
}

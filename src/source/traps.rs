//! What `redraft check` tells about written tables and columns before anything is written: storage that cannot undo,
//! characters and lengths that do not fit, types that store another text than was sent, triggers.

use super::{
    db::{ColumnInfo, Engine, Kind, Rollback, TableInfo, TableKind},
    port::Check,
    written::Touched,
};

/// All traps of the written tables; good news in one sentence a table.
pub(super) fn all(engine: Engine, tables: &[Touched]) -> Vec<Check> {
    let written = tables.iter().filter(|table| !table.written().is_empty());
    written
        .flat_map(|table| {
            let columns = table.texts.iter().filter_map(|name| {
                table.info.columns.iter().find(|column| engine.same_name(&column.name, name))
            });
            let mut checks: Vec<Check> = of_table(&table.info).into_iter().collect();
            checks.extend(columns.flat_map(|column| of_column(engine, &table.info, column)));
            checks
        })
        .collect()
}

fn of_table(table: &TableInfo) -> Vec<Check> {
    let subject = format!("table.{}", table.name);
    let mut checks = Vec::new();
    if table.kind == TableKind::View {
        checks.push(Check::warning(
            &subject,
            format!("\"{}\" is a view: whether its rows can be written is up to the database.", table.name),
            "Map the table behind it if the trial below fails.",
        ));
    }
    if table.rollback == Rollback::None {
        let storage = table.storage.as_deref().unwrap_or("no storage engine with transactions");
        checks.push(Check::warning(
            &subject,
            format!(
                "\"{}\" is stored by {storage}, which cannot undo: each text is written by a statement of its own, \
                 read back, and put back if a later one fails.",
                table.name
            ),
            &format!("If the platform allows it: ALTER TABLE {} ENGINE=InnoDB.", table.name),
        ));
    }
    if !table.triggers.is_empty() {
        checks.push(Check::warning(
            format!("{subject}.triggers"),
            format!("Each write to \"{}\" fires {}.", table.name, table.triggers.join(", ")),
            "Nothing, if they only note the change: a trigger that alters the text is noticed, and the write undone.",
        ));
    }
    checks
}

fn of_column(engine: Engine, table: &TableInfo, column: &ColumnInfo) -> Vec<Check> {
    let subject = format!("column.{}.{}", table.name, column.name);
    let mut checks = Vec::new();
    let charset = column.charset.as_deref().unwrap_or_default();
    if !column.holds('\u{1f600}') {
        checks.push(Check::warning(
            &subject,
            format!(
                "It stores {charset}, {}: texts with others are refused before anything is sent.",
                missing(charset)
            ),
            match engine {
                Engine::Postgres => {
                    "Nothing, or move the database to the encoding UTF8 if the platform allows it."
                }
                Engine::MySql | Engine::Sqlite => {
                    "Nothing, or change the column to utf8mb4 if the platform allows it."
                }
            },
        ));
    }
    if column.kind == Kind::Json {
        checks.push(Check::ok(
            &subject,
            format!(
                "It is {}: the database may write the document anew, so the mapped texts in it are compared alone.",
                column.declared
            ),
        ));
    } else if is_padded(&column.declared) {
        checks.push(Check::warning(
            &subject,
            format!(
                "It is {}: blanks at the end of a text are lost, and such a write is undone.",
                column.declared
            ),
            "Nothing, or map another column.",
        ));
    }
    checks.push(Check::ok(&subject, fits(column)));
    checks
}

/// Whether the type fills texts up with blanks: `char(n)`, `character(n)`, but not `character varying(n)`.
fn is_padded(declared: &str) -> bool {
    let declared = declared.to_ascii_lowercase();
    declared.starts_with("char") && !declared.contains("varying") || declared.starts_with("bpchar")
}

fn missing(charset: &str) -> &'static str {
    match charset {
        "utf8" | "utf8mb3" | "ucs2" => "which has no emoji and no other characters above U+FFFF",
        "ascii" => "which has ASCII characters alone",
        "sql_ascii" => "which says nothing about characters beyond ASCII",
        _ => "which has few characters beyond ASCII",
    }
}

/// How much the column holds, and how it compares.
fn fits(column: &ColumnInfo) -> String {
    let room = match (column.max_chars, column.max_bytes) {
        (Some(chars), _) if chars < 1_000_000_000 => format!("It holds {} characters", grouped(chars)),
        (_, Some(bytes)) if bytes < 1_000_000_000 => format!("It holds {} bytes", grouped(bytes)),
        (Some(_) | None, Some(_) | None) => "It holds texts of any length".to_owned(),
    };
    match column.collation.as_deref() {
        Some(collation) => {
            format!("{room}. Its collation {collation} does not matter: redraft compares bytes.")
        }
        None => format!("{room}."),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_of_a_fixed_length_lose_blanks() {
        for (declared, padded) in [
            ("character(10)", true),
            ("char(10)", true),
            ("CHAR(3)", true),
            ("bpchar", true),
            ("character varying(300)", false),
            ("varchar(300)", false),
            ("text", false),
        ] {
            assert_eq!(is_padded(declared), padded, "{declared}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(65_535), grouped(200), grouped(1_000_000)], ["65,535", "200", "1,000,000"]);
    }
}

//! frappe/hrms: applicants with a letter; the résumé is a file, unless a site added a field for its text.

use super::{Draft, Entry, Platform, Schema, Unfit, Value, Wanted, existing, section, there};
use crate::proposal::{Family, Section, Table, prose, sections};

pub(super) fn draft(schema: &Schema, wanted: &Wanted) -> Result<Draft, Unfit> {
    let table = there(schema, "tabJob Applicant")?;
    let openings = there(schema, "tabJob Opening")?;
    let candidate = Entry::default()
        .with("table", "tabJob Applicant")
        .with("key", ["name"])
        .with("display", ["applicant_name"])
        .maybe("show", Some(existing(table, &["designation", "country"])))
        .with("updated_at", "modified")
        .maybe(
            "never_read",
            Some(existing(table, &["lower_range", "upper_range", "currency", "notes", "applicant_rating"])),
        );
    let personal = Entry::default()
        .with("name", ["applicant_name"])
        .maybe("email", Some(existing(table, &["email_id"])))
        .maybe("phone", Some(existing(table, &["phone_number"])));
    let posting = Entry::default()
        .with("table", "tabJob Opening")
        .with("key", ["name"])
        .maybe("where", openings.column("status").map(|_| "status = 'Open'"))
        .with("title", [("column", "job_title")])
        .with(
            "text",
            Value::Tables(vec![vec![
                ("column".to_owned(), Value::from("description")),
                ("format".to_owned(), Value::from("html")),
            ]]),
        )
        .with("updated_at", "modified")
        .maybe("never_read", Some(existing(openings, &["lower_range", "upper_range"])));
    let expect = table.storage.iter().map(|storage| ("storage".to_owned(), storage.clone())).collect();
    Ok(Draft {
        platform: Platform::Frappe,
        expect,
        head: Entry::default().maybe("user", wanted.user.as_deref().map(Value::typed)),
        candidate,
        personal,
        sections: all(table, wanted),
        posting: Some(posting),
        link: table.column("job_title").map(|_| {
            Entry::default()
                .with("column", "job_title")
                .maybe("stage", table.column("status").map(|_| "status"))
        }),
    })
}

/// The letter, and what the site added.
fn all(table: &Table, wanted: &Wanted) -> Vec<Section> {
    let set = match &wanted.user {
        Some(_) => Value::from([("modified", "now(6)"), ("modified_by", ":user")]),
        None => Value::from([("modified", "now(6)")]),
    };
    let added = prose::columns(table)
        .into_iter()
        .filter(|prose| prose.column.name.starts_with("custom_") && prose.column.family == Family::Text)
        .map(|prose| sections::column(table, &prose));
    let mut letter = section("letter", "text", "The applicant's letter; the résumé itself is a file.");
    letter.entry = letter.entry.with("column", "cover_letter");
    letter.columns = vec!["cover_letter".to_owned()];
    let mut found: Vec<Section> = added.chain([letter]).collect();
    for section in &mut found {
        section.entry.keys.push(("set", set.clone()));
    }
    found
}

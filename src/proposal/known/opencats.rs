//! OpenCATS 0.9: the résumé is the search text of an attachment, escaped; tables without transactions.

use super::{Draft, Entry, Platform, Schema, Unfit, Value, Wanted, existing, section, tenant, there};
use crate::proposal::{Into, Section};

pub(super) fn draft(schema: &Schema, wanted: &Wanted) -> Result<Draft, Unfit> {
    let table = there(schema, "candidate")?;
    let head = Entry::default().maybe("tenant", tenant(table, "site_id", wanted)?);
    let head = head.maybe("user", wanted.user.as_deref().map(Value::typed));
    let attachments = there(schema, "attachment")?;
    let expect = attachments.storage.iter().map(|storage| ("storage".to_owned(), storage.clone())).collect();
    let personal = Entry::default()
        .with("name", existing(table, &["first_name", "middle_name", "last_name"]))
        .with("email", existing(table, &["email1", "email2"]))
        .with("phone", existing(table, &["phone_home", "phone_cell", "phone_work"]))
        .with("address", existing(table, &["address", "city", "state", "zip"]))
        .with("url", existing(table, &["web_site"]));
    let posting = Entry::default()
        .with("table", "joborder")
        .with("key", ["joborder_id"])
        .with("where", "status IN ('Active', 'OnHold') AND is_admin_hidden = 0")
        .with("title", [("column", "title")])
        .with(
            "text",
            Value::Tables(vec![vec![
                ("column".to_owned(), Value::from("description")),
                ("format".to_owned(), Value::from("html")),
            ]]),
        )
        .with("updated_at", "date_modified")
        .with("never_read", existing(there(schema, "joborder")?, &["rate_max", "salary", "notes"]));
    Ok(Draft {
        platform: Platform::OpenCats,
        expect,
        head,
        candidate: candidate(schema, wanted)?,
        personal,
        sections: vec![resume(schema, wanted)?, skills()],
        posting: Some(posting),
        link: schema.table("candidate_joborder").map(|_| {
            Entry::default()
                .with("table", "candidate_joborder")
                .with("candidate", [("candidate_id", "candidate_id")])
                .with("posting", [("joborder_id", "joborder_id")])
                .with("stage", "status")
        }),
    })
}

fn candidate(schema: &Schema, wanted: &Wanted) -> Result<Entry, Unfit> {
    const NEVER: [&str; 7] = [
        "eeo_ethnic_type_id",
        "eeo_veteran_type_id",
        "eeo_disability_status",
        "eeo_gender",
        "current_pay",
        "desired_pay",
        "notes",
    ];
    let table = there(schema, "candidate")?;
    // What is written must be read to be compared.
    let never: Vec<&str> =
        NEVER.iter().copied().filter(|name| *name != "notes" || wanted.into == Into::Text).collect();
    Ok(Entry::default()
        .with("table", "candidate")
        .with("key", ["candidate_id"])
        .with("display", ["first_name", "last_name"])
        .with("show", existing(table, &["city", "current_employer"]))
        .with("where", "is_active = 1 AND is_admin_hidden = 0")
        .with("updated_at", "date_modified")
        .with("never_read", existing(table, &never)))
}

fn resume(schema: &Schema, wanted: &Wanted) -> Result<Section, Unfit> {
    let mut section = section(
        "resume",
        "text",
        "The newest résumé among the attachments: the text that OpenCATS searches.",
    );
    section.entry = section
        .entry
        .with("table", "attachment")
        .with("key", ["attachment_id"])
        .with("join", [("data_item_id", "candidate_id")])
        .with("where", "data_item_type = 100 AND resume = 1")
        .with("pick", ["-date_modified", "-attachment_id"])
        .with("column", "text")
        .with("codec", ["opencats_fulltext"])
        .with("max_bytes", Value::Number("65535".to_owned()));
    section.table = Some("attachment".to_owned());
    section.columns = vec!["text".to_owned()];
    match wanted.into {
        Into::Text => {
            let mut set = vec![("date_modified".to_owned(), "now()".to_owned())];
            if there(schema, "attachment")?.column("md5_sum_text").is_some() {
                set.insert(0, ("md5_sum_text".to_owned(), "md5(:stored)".to_owned()));
            }
            section.entry = section
                .entry
                .because("The file that users open stays as it is; OpenCATS shows it until somebody uploads another.")
                .with("set", set);
        }
        Into::Notes => {
            let target = Entry::default()
                .because("Written into the notes, between redraft's own marks; all outside them stays.")
                .with("table", "candidate")
                .with("column", "notes")
                .with("merge", "marked_section")
                .with("set", [("date_modified", "now()")]);
            section.target = Some(target);
        }
    }
    Ok(section)
}

fn skills() -> Section {
    let mut section = section("skills", "text", "The key skills of the candidate's page.");
    section.entry = section.entry.with("column", "key_skills").with("set", [("date_modified", "now()")]);
    section.columns = vec!["key_skills".to_owned()];
    section
}

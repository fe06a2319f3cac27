//! Odoo 17, 18 and 19: applicants whose résumé is the index of an attachment, or the staff with a line for each job.

use super::{Draft, Entry, Platform, Schema, Unfit, Value, Wanted, existing, section, tenant, there};
use crate::proposal::{Family, Section, Table};

/// Where an applicant's own data are: in 18 they moved to a table of persons.
fn person(schema: &Schema) -> Option<&Table> {
    let applicants = schema.table("hr_applicant")?;
    schema
        .table("hr_candidate")
        .filter(|_| applicants.has(&["candidate_id"]) && !applicants.has(&["partner_name"]))
}

fn locale(wanted: &Wanted) -> String {
    wanted.locale.clone().unwrap_or_else(|| "en_US".to_owned())
}

fn head(table: &Table, wanted: &Wanted) -> Result<Entry, Unfit> {
    Ok(Entry::default()
        .maybe("tenant", tenant(table, "company_id", wanted)?)
        .maybe("user", wanted.user.as_deref().map(Value::typed))
        .with("locale", locale(wanted)))
}

/// Odoo itself notes when and by whom a row was changed; so does redraft in its place.
fn noted(table: &Table, wanted: &Wanted) -> Value {
    let mut set = Vec::new();
    if table.column("write_date").is_some() {
        set.push(("write_date".to_owned(), "now() at time zone 'utc'".to_owned()));
    }
    if wanted.user.is_some() && table.column("write_uid").is_some() {
        set.push(("write_uid".to_owned(), ":user".to_owned()));
    }
    Value::from(set)
}

pub(super) fn applicants(schema: &Schema, wanted: &Wanted) -> Result<Draft, Unfit> {
    const NEVER: [&str; 5] =
        ["salary_expected", "salary_expected_extra", "salary_proposed", "salary_proposed_extra", "priority"];
    let table = there(schema, "hr_applicant")?;
    let person = person(schema);
    let of_person = |names: &[&str]| match person {
        Some(person) => {
            Value::List(existing(person, names).list().iter().map(|name| format!("person.{name}")).collect())
        }
        None => existing(table, names),
    };
    let join = person.map(|_| {
        Value::Tables(vec![vec![
            ("table".to_owned(), Value::from("hr_candidate")),
            ("as".to_owned(), Value::from("person")),
            ("on".to_owned(), Value::from([("id", "candidate_id")])),
        ]])
    });
    let candidate = Entry::default()
        .with("table", "hr_applicant")
        .with("key", ["id"])
        .maybe("join", join)
        .with("display", of_person(&["partner_name"]))
        .maybe("where", table.column("active").map(|_| "active"))
        .with("updated_at", "write_date")
        .maybe("never_read", Some(existing(table, &NEVER)));
    let personal = Entry::default()
        .maybe("name", Some(of_person(&["partner_name"])))
        .maybe("email", Some(of_person(&["email_from"])))
        .maybe("phone", Some(of_person(&["partner_phone", "partner_mobile"])))
        .maybe("url", Some(of_person(&["linkedin_profile"])));
    Ok(Draft {
        platform: Platform::Odoo,
        expect: Vec::new(),
        head: head(table, wanted)?,
        candidate,
        personal,
        sections: vec![resume(schema, table, wanted)],
        posting: Some(posting(schema, wanted)?),
        link: Some(
            Entry::default()
                .with("column", "job_id")
                .maybe("stage", table.column("stage_id").map(|_| "stage_id")),
        ),
    })
}

/// Read from the index that Odoo keeps of attachments, written into the applicant's notes, between marks.
fn resume(schema: &Schema, table: &Table, wanted: &Wanted) -> Section {
    let notes = if table.column("applicant_notes").is_some() { "applicant_notes" } else { "description" };
    let why = "Read from Odoo's index of the attached résumé; the file stays as it is.";
    let mut section = section("resume", "text", why);
    if person(schema).is_some() {
        section.entry = section.entry.because(
            "Résumés attached to the person are under res_model = 'hr.candidate', joined by { res_id = \"candidate_id\" }.",
        );
    }
    section.entry = section
        .entry
        .with("table", "ir_attachment")
        .with("tenant", Value::Truth(false))
        .with("key", ["id"])
        .with("join", [("res_id", "id")])
        .with("where", "res_model = 'hr.applicant' AND index_content <> split_part(mimetype, '/', 1)")
        .with("pick", ["-id"])
        .with("column", "index_content");
    let target = Entry::default()
        .because("Written here, between redraft's own marks; all outside them stays.")
        .with("table", "hr_applicant")
        .with("column", notes)
        .with("format", "html")
        .with("merge", "marked_section")
        .with("set", noted(table, wanted));
    section.table = Some("ir_attachment".to_owned());
    section.columns = vec!["index_content".to_owned()];
    section.target = Some(target);
    section
}

fn posting(schema: &Schema, wanted: &Wanted) -> Result<Entry, Unfit> {
    let table = there(schema, "hr_job")?;
    let mut shared = None;
    if let Some(Value::Table(mut pairs)) = tenant(there(schema, "hr_applicant")?, "company_id", wanted)?
        && table.column("company_id").is_some()
    {
        // A job without a company is everybody's.
        pairs.push(("or_null".to_owned(), Value::Truth(true)));
        shared = Some(Value::Table(pairs));
    }
    let part = |name: &str, format: Option<&str>| {
        let column = table.column(name)?;
        let mut keys = vec![("column".to_owned(), Value::from(name))];
        if column.family == Family::Json {
            keys.push(("json_path".to_owned(), Value::from("$.{locale}")));
        }
        keys.extend(format.map(|format| ("format".to_owned(), Value::from(format))));
        Some(keys)
    };
    let title = part("name", None).map(Value::Table);
    let parts = [part("description", Some("html")), part("requirements", None)];
    Ok(Entry::default()
        .with("table", "hr_job")
        .maybe("tenant", shared)
        .with("key", ["id"])
        .maybe("where", table.column("active").map(|_| "active"))
        .maybe("title", title)
        .with("text", Value::Tables(parts.into_iter().flatten().collect()))
        .maybe("updated_at", table.column("write_date").map(|_| "write_date")))
}

pub(super) fn staff(schema: &Schema, wanted: &Wanted) -> Result<Draft, Unfit> {
    let table = there(schema, "hr_employee")?;
    let candidate = Entry::default()
        .with("table", "hr_employee")
        .with("key", ["id"])
        .with("display", ["name"])
        .maybe("where", table.column("active").map(|_| "active"))
        .with("updated_at", "write_date")
        .maybe(
            "never_read",
            Some(existing(table, &["gender", "birthday", "marital", "ssnid", "passport_id", "children"])),
        );
    let personal = Entry::default()
        .with("name", ["name"])
        .maybe("email", Some(existing(table, &["work_email", "private_email"])))
        .maybe("phone", Some(existing(table, &["work_phone", "mobile_phone", "private_phone"])))
        .maybe("address", Some(existing(table, &["private_street", "private_city", "private_zip"])));
    Ok(Draft {
        platform: Platform::OdooStaff,
        expect: Vec::new(),
        head: head(table, wanted)?,
        candidate,
        personal,
        sections: vec![experience(there(schema, "hr_resume_line")?, wanted)],
        posting: None,
        link: None,
    })
}

fn experience(table: &Table, wanted: &Wanted) -> Section {
    let part = |name: &str, html: bool| {
        let json = table.column(name).is_some_and(|column| column.family == Family::Json);
        let mut keys = vec![("column", Value::from(name))];
        if json {
            keys.push(("json_path", Value::from("$.{locale}")));
        }
        if html {
            keys.push(("format", Value::from("html")));
        }
        Value::table(keys)
    };
    let body = table.column("description");
    let html = body.is_some_and(|body| {
        body.family == Family::Json || body.measure.as_ref().is_some_and(crate::proposal::Measure::is_html)
    });
    let mut section =
        section("experience", "rows", "A line for each job; title and dates are never written.");
    section.entry = section
        .entry
        .with("table", "hr_resume_line")
        .with("tenant", Value::Truth(false))
        .with("key", ["id"])
        .with("join", [("employee_id", "id")])
        .with("order", ["-date_start", "id"])
        .with(
            "fixed",
            Value::table(vec![
                ("title", part("name", false)),
                ("from", Value::from("date_start")),
                ("to", Value::from("date_end")),
            ]),
        )
        .with("writable", Value::table(vec![("body", part("description", html))]))
        .with("set", noted(table, wanted));
    section.table = Some("hr_resume_line".to_owned());
    section.columns = vec!["description".to_owned()];
    section
}

//! OrangeHRM 4 and 5: candidates with the text of their résumé, or the staff with a row for each job.

use super::{Draft, Entry, Platform, Schema, Unfit, Value, Wanted, existing, section, there};
use crate::proposal::Section;

pub(super) fn candidates(schema: &Schema, _wanted: &Wanted) -> Result<Draft, Unfit> {
    let table = there(schema, "ohrm_job_candidate")?;
    let consent = table.column("consent_to_keep_data").map(|_| "consent_to_keep_data = 1");
    let candidate = Entry::default()
        .because("There is no column that tells when a candidate changed.")
        .with("table", "ohrm_job_candidate")
        .with("key", ["id"])
        .with("display", ["first_name", "last_name"])
        .maybe("where", consent)
        .maybe("never_read", Some(existing(table, &["comment"])));
    let personal = Entry::default()
        .with("name", existing(table, &["first_name", "middle_name", "last_name"]))
        .with("email", existing(table, &["email"]))
        .with("phone", existing(table, &["contact_number"]));
    let mut resume = section("resume", "text", "The text of the résumé; the uploaded file stays as it is.");
    resume.entry =
        resume.entry.with("column", "cv_text_version").with("max_bytes", Value::Number("65535".to_owned()));
    resume.columns = vec!["cv_text_version".to_owned()];
    let mut sections = vec![resume];
    if table.column("keywords").is_some() {
        sections.push(keywords());
    }
    Ok(Draft {
        platform: Platform::OrangeHrm,
        expect: storage(schema, "ohrm_job_candidate"),
        head: Entry::default(),
        candidate,
        personal,
        sections,
        posting: Some(posting(schema)?),
        link: schema.table("ohrm_job_candidate_vacancy").map(|_| {
            Entry::default()
                .with("table", "ohrm_job_candidate_vacancy")
                .with("candidate", [("candidate_id", "id")])
                .with("posting", [("vacancy_id", "id")])
                .with("stage", "status")
        }),
    })
}

fn storage(schema: &Schema, table: &str) -> Vec<(String, String)> {
    let storage = schema.table(table).and_then(|table| table.storage.clone());
    storage.into_iter().map(|storage| ("storage".to_owned(), storage)).collect()
}

fn keywords() -> Section {
    let mut section = section("keywords", "list", "Key words, parted by commas.");
    section.entry = section
        .entry
        .with("separator", ",")
        .with("column", "keywords")
        .with("max_chars", Value::Number("255".to_owned()));
    section.columns = vec!["keywords".to_owned()];
    section
}

fn posting(schema: &Schema) -> Result<Entry, Unfit> {
    let table = there(schema, "ohrm_job_vacancy")?;
    let mut parts = vec![vec![("column".to_owned(), Value::from("description"))]];
    let titles = schema.table("ohrm_job_title").filter(|table| table.has(&["id", "job_description"]));
    if titles.is_some() && table.column("job_title_code").is_some() {
        parts.push(vec![
            ("table".to_owned(), Value::from("ohrm_job_title")),
            ("join".to_owned(), Value::from([("id", "job_title_code")])),
            ("column".to_owned(), Value::from("job_description")),
        ]);
    }
    Ok(Entry::default()
        .with("table", "ohrm_job_vacancy")
        .with("key", ["id"])
        .with("where", "status = 1")
        .with("title", [("column", "name")])
        .with("text", Value::Tables(parts))
        .maybe("updated_at", table.column("updated_time").map(|_| "updated_time")))
}

pub(super) fn staff(schema: &Schema, _wanted: &Wanted) -> Result<Draft, Unfit> {
    const NEVER: [&str; 13] = [
        "emp_ssn_num",
        "emp_sin_num",
        "emp_other_id",
        "emp_dri_lice_num",
        "emp_birthday",
        "emp_gender",
        "emp_marital_status",
        "nation_code",
        "ethnic_race_code",
        "eeo_cat_code",
        "emp_smoker",
        "emp_military_service",
        "sal_grd_code",
    ];
    let table = there(schema, "hs_hr_employee")?;
    let left: Vec<String> = ["termination_id", "purged_at"]
        .iter()
        .filter(|name| table.column(name).is_some())
        .map(|name| format!("{name} IS NULL"))
        .collect();
    let candidate = Entry::default()
        .because("Those who work here now.")
        .with("table", "hs_hr_employee")
        .with("key", ["emp_number"])
        .with("display", ["emp_firstname", "emp_lastname"])
        .maybe("where", (!left.is_empty()).then(|| left.join(" AND ")))
        .maybe("never_read", Some(existing(table, &NEVER)));
    let personal = Entry::default()
        .with("name", existing(table, &["emp_firstname", "emp_middle_name", "emp_lastname", "emp_nick_name"]))
        .with("email", existing(table, &["emp_work_email", "emp_oth_email"]))
        .with("phone", existing(table, &["emp_hm_telephone", "emp_mobile", "emp_work_telephone"]))
        .with("address", existing(table, &["emp_street1", "emp_street2", "city_code", "emp_zipcode"]));
    Ok(Draft {
        platform: Platform::OrangeHrmStaff,
        expect: storage(schema, "hs_hr_employee"),
        head: Entry::default(),
        candidate,
        personal,
        sections: vec![experience()],
        posting: None,
        link: None,
    })
}

fn experience() -> Section {
    let mut section =
        section("experience", "rows", "A row for each job; employer, title and dates are never written.");
    section.entry = section
        .entry
        .with("table", "hs_hr_emp_work_experience")
        .with("key", ["emp_number", "eexp_seqno"])
        .with("join", [("emp_number", "emp_number")])
        .with("order", ["-eexp_from_date", "eexp_seqno"])
        .with(
            "fixed",
            [
                ("employer", "eexp_employer"),
                ("title", "eexp_jobtit"),
                ("from", "eexp_from_date"),
                ("to", "eexp_to_date"),
            ],
        )
        .with(
            "writable",
            Value::table(vec![(
                "body",
                Value::table(vec![
                    ("column", Value::from("eexp_comments")),
                    ("max_chars", Value::Number("200".to_owned())),
                ]),
            )]),
        );
    section.table = Some("hs_hr_emp_work_experience".to_owned());
    section.columns = vec!["eexp_comments".to_owned()];
    section
}

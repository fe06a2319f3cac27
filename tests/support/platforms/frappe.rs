//! frappe/hrms.

use redraft::demo;

use super::{Platform, insert, literal, people, resume};
use crate::support::servers::{self, Kind};

const MAPPING: &str = r#"
[mapping.candidate]
table = "tabJob Applicant"
key = ["name"]
display = ["applicant_name"]
where = "status <> 'Rejected'"
updated_at = "modified"
never_read = ["lower_range", "upper_range"]
[mapping.candidate.personal]
name = ["applicant_name"]
email = ["email_id"]
phone = ["phone_number"]

[[mapping.section]]
id = "cover_letter"
kind = "text"
column = "cover_letter"
max_bytes = 65535
set = { modified = "now(6)", modified_by = "'redraft@example.org'" }

[mapping.posting]
table = "tabJob Opening"
key = ["name"]
where = "status = 'Open'"
title = { column = "job_title" }
text = [{ column = "description", format = "html" }]
updated_at = "modified"
never_read = ["lower_range", "upper_range"]

[mapping.link]
column = "job_title"
stage = "status"
"#;

/// frappe/hrms with 24 applicants, whose keys are texts with spaces and without regard to case; 22 and 23 were
/// rejected, 24 left no letter.
pub fn frappe() -> Option<Platform> {
    let database = servers::mariadb()?;
    Some(Platform::new(database, include_str!("frappe.sql"), &rows(), MAPPING))
}

fn rows() -> String {
    let text = |value: &str| literal(Kind::Mariadb, value);
    let mut sql = String::new();
    for posting in demo::postings(demo::DEFAULT_SEED).iter().take(3) {
        let html = format!("<div class=\"ql-editor\"><p>{}</p></div>", posting.text.replace('\n', "</p><p>"));
        let status = if posting.id == 3 { "'Closed'" } else { "'Open'" }.to_owned();
        let values = [format!("'HR-OPN-2025-000{}'", posting.id), text(&posting.title), status, text(&html)];
        insert(&mut sql, "`tabJob Opening`", "name, job_title, status, description", &values);
    }
    for (number, person) in (1..).zip(people(24)) {
        let columns = "name, modified, modified_by, applicant_name, email_id, phone_number, job_title, status, \
                       cover_letter, lower_range";
        let values = [
            text(&format!("HR-APP-{number:04} {}", person.last_name)),
            "'2025-06-01 12:00:00.123456'".into(),
            "'Administrator'".into(),
            text(&format!("{} {}", person.first_name, person.last_name)),
            text(&person.email),
            text(&person.phone),
            format!("'HR-OPN-2025-000{}'", 1 + number % 3),
            if matches!(number, 22 | 23) { "'Rejected'" } else { "'Open'" }.to_owned(),
            if number == 24 { "NULL".to_owned() } else { text(&resume(&person)) },
            "40000.5".into(),
        ];
        insert(&mut sql, "`tabJob Applicant`", columns, &values);
    }
    sql
}

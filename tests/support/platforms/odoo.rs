//! Odoo: applicants, and staff by another mapping.

use redraft::demo::{self, Person};
use serde_json::json;

use super::{Platform, insert, literal, people, resume};
use crate::support::servers::{self, Kind};

const APPLICANTS: &str = r#"
[mapping]
tenant = { column = "company_id", value = 1 }
user = 2
locale = "en_US"

[mapping.candidate]
table = "hr_applicant"
key = ["id"]
display = ["partner_name"]
where = "active"
updated_at = "write_date"
never_read = ["salary_expected", "salary_expected_extra", "salary_proposed", "salary_proposed_extra"]
[mapping.candidate.personal]
name = ["partner_name"]
email = ["email_from"]
phone = ["partner_phone"]
url = ["linkedin_profile"]

[[mapping.section]]
id = "resume"
kind = "text"
table = "ir_attachment"
tenant = false
key = ["id"]
join = { res_id = "id" }
where = "res_model = 'hr.applicant' AND index_content <> split_part(mimetype, '/', 1)"
pick = ["-id"]
column = "index_content"
[mapping.section.target]
table = "hr_applicant"
column = "applicant_notes"
format = "html"
merge = "marked_section"
set = { write_date = "now() at time zone 'utc'", write_uid = ":user" }

[mapping.posting]
table = "hr_job"
tenant = { column = "company_id", value = 1, or_null = true }
key = ["id"]
where = "active"
title = { column = "name", json_path = "$.{locale}" }
text = [{ column = "description", json_path = "$.{locale}", format = "html" }, { column = "requirements" }]
updated_at = "write_date"

[mapping.link]
column = "job_id"
stage = "stage_id"
"#;

const STAFF: &str = r#"
[mapping]
tenant = { column = "company_id", value = 1 }
user = 2
locale = "en_US"

[mapping.candidate]
table = "hr_employee"
key = ["id"]
display = ["name"]
where = "active"
updated_at = "write_date"
never_read = ["birthday", "gender", "marital", "ssnid"]
[mapping.candidate.personal]
name = ["name"]
email = ["work_email", "private_email"]
phone = ["work_phone", "mobile_phone"]

[[mapping.section]]
id = "experience"
kind = "rows"
table = "hr_resume_line"
tenant = false
key = ["id"]
join = { employee_id = "id" }
order = ["-date_start", "id"]
fixed = { title = { column = "name", json_path = "$.{locale}" }, from = "date_start", to = "date_end" }
writable = { body = { column = "description", json_path = "$.{locale}", format = "html" } }
set = { write_date = "now() at time zone 'utc'", write_uid = ":user" }
"#;

/// Which release: they keep an applicant's data in different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Release {
    /// Notes are in `description`.
    Seventeen,
    /// Name, address and telephone number are a person's, in `hr_candidate`.
    Eighteen,
    /// Notes are in `applicant_notes`, all else on the applicant.
    Nineteen,
}

impl Release {
    fn notes(self) -> &'static str {
        match self {
            Self::Seventeen => "description",
            Self::Eighteen | Self::Nineteen => "applicant_notes",
        }
    }

    fn schema(self) -> String {
        let schema = include_str!("odoo.sql");
        let own = "  partner_name varchar,\n  email_from varchar,\n  partner_phone varchar,\n  linkedin_profile varchar,\n";
        assert!(schema.contains(own) && schema.contains("  applicant_notes text,\n"));
        match self {
            Self::Seventeen => schema.replace("  applicant_notes text,\n", "  description text,\n"),
            Self::Eighteen => {
                let person = format!(
                    "CREATE TABLE hr_candidate (\n  id serial PRIMARY KEY,\n  company_id integer NOT NULL REFERENCES \
                     res_company (id),\n{own}  active boolean DEFAULT true,\n  write_date timestamp\n);\n\nCREATE TABLE \
                     hr_applicant (\n  candidate_id integer NOT NULL REFERENCES hr_candidate (id),\n"
                );
                schema.replace(own, "").replace("CREATE TABLE hr_applicant (\n", &person)
            }
            Self::Nineteen => schema.to_owned(),
        }
    }
}

/// The mapping of release 18: the person is joined, and a résumé that is attached to the person is read beside.
const OF_PERSONS: &str = r#"
[[mapping.section]]
id = "person_resume"
table = "ir_attachment"
tenant = false
key = ["id"]
join = { res_id = "candidate_id" }
where = "res_model = 'hr.candidate' AND index_content <> split_part(mimetype, '/', 1)"
pick = ["-id"]
column = "index_content"
write = false
"#;

/// Odoo 17 with the applicants of [`odoo`].
pub fn odoo_17() -> Option<Platform> {
    let mapping = APPLICANTS.replace("column = \"applicant_notes\"", "column = \"description\"");
    of(Release::Seventeen, mapping)
}

/// Odoo 18 with the applicants of [`odoo`]; to the person behind applicant 5 another résumé is attached.
pub fn odoo_18() -> Option<Platform> {
    let join = "where = \"active\"\njoin = [{ table = \"hr_candidate\", as = \"person\", on = { id = \"candidate_id\" } }]\n";
    let mut mapping = APPLICANTS.replacen("where = \"active\"\n", join, 1);
    for name in ["partner_name", "email_from", "partner_phone", "linkedin_profile"] {
        mapping = mapping.replace(&format!("\"{name}\""), &format!("\"person.{name}\""));
    }
    let (before, behind) = mapping.split_once("[mapping.posting]").unwrap();
    let mapping = format!("{before}{OF_PERSONS}[mapping.posting]{behind}");
    of(Release::Eighteen, mapping)
}

fn of(release: Release, mapping: String) -> Option<Platform> {
    let database = servers::postgres()?;
    Some(Platform::new(database, &release.schema(), &rows(release), mapping))
}

/// Odoo with 28 applicants: 23 of company 1 with a résumé in the index, then the traps, by id: 24 of company 2; 25 in
/// the archive; 26 without an attachment; 27 with one whose index holds only the word `application`; 28 of no company.
/// Applicant 1 has an older attachment too, applicant 2 notes that a person wrote, applicant 3 notes of redraft's, and an
/// invoice shares the number of applicant 4.
pub fn odoo() -> Option<Platform> {
    of(Release::Nineteen, APPLICANTS.to_owned())
}

/// The same database, by the mapping of its staff: 22 employees, of whom 21 is of company 2 and 22 has left; their lines
/// hold several languages, an empty text, none in ours, and NULL.
pub fn odoo_staff() -> Option<Platform> {
    of(Release::Nineteen, STAFF.to_owned())
}

fn text(value: &str) -> String {
    literal(Kind::Postgres, &value.replace('\0', ""))
}

fn html(value: &str) -> String {
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: Vec<&str> = escaped.lines().filter(|line| !line.trim().is_empty()).collect();
    format!("<p>{}</p>", lines.join("</p><p>"))
}

fn rows(release: Release) -> String {
    let mut sql = "INSERT INTO res_company VALUES (1, 'Ours'), (2, 'Theirs');\n\
                   INSERT INTO hr_recruitment_stage VALUES (1, '{\"en_US\": \"New\"}');\n"
        .to_owned();
    for posting in demo::postings(demo::DEFAULT_SEED).iter().take(4) {
        let company = ["NULL", "1", "2", "1"][usize::try_from(posting.id - 1).unwrap()].to_owned();
        let name = json!({"de_DE": format!("{} (m/w/d)", posting.title), "en_US": posting.title});
        let description = json!({"en_US": html(&posting.text)});
        let values = [
            posting.id.to_string(),
            company,
            text(&name.to_string()) + "::jsonb",
            text(&description.to_string()) + "::jsonb",
            "NULL".into(),
            (posting.id != 4).to_string(),
        ];
        insert(&mut sql, "hr_job", "id, company_id, name, description, requirements, active", &values);
    }
    for (number, person) in (1..).zip(people(28)) {
        applicant(&mut sql, release, number, &person);
        if number <= 22 {
            employee(&mut sql, number, &person);
        }
    }
    sql
}

fn applicant(sql: &mut String, release: Release, number: i32, person: &Person) {
    let notes = match number {
        2 => text("<p>Called on <b>Monday</b> &amp; liked her.</p>"),
        3 => "NULL".to_owned(),
        _ => "'<p><br></p>'".to_owned(),
    };
    let company = match number {
        24 => "2",
        28 => "NULL",
        _ => "1",
    };
    let own = "partner_name, email_from, partner_phone";
    let of_person = [
        text(&format!("{} {}", person.first_name, person.last_name)),
        text(&person.email),
        text(&person.phone),
    ];
    let (own, of_person) = if release == Release::Eighteen {
        let known = (100 + number).to_string();
        // The person behind an applicant of no company is of ours.
        let company = company.replace("NULL", "1");
        let values = [vec![known.clone(), company], of_person.to_vec()].concat();
        insert(sql, "hr_candidate", &format!("id, company_id, {own}"), &values);
        ("candidate_id", vec![known])
    } else {
        (own, of_person.to_vec())
    };
    let columns = format!(
        "id, company_id, job_id, stage_id, {own}, {}, applicant_properties, salary_expected, active, write_date, \
         write_uid",
        release.notes()
    );
    let head = vec![number.to_string(), company.into(), (1 + number % 4).to_string(), "1".into()];
    let rest = vec![
        notes,
        "'{\"b\": 1, \"a\": \"x\"}'".into(),
        "41000.50".into(),
        (number != 25).to_string(),
        "'2025-05-06 07:08:09.123'".into(),
        "1".into(),
    ];
    insert(sql, "hr_applicant", &columns, &[head, of_person, rest].concat());
    if release == Release::Eighteen && number == 5 {
        attachment(sql, "hr.candidate", 100 + number, "The person's own résumé: a cook of 20 years.");
    }
    let index = resume(person);
    match number {
        1 => {
            attachment(sql, "hr.applicant", number, "An older version.");
            attachment(sql, "hr.applicant", number, &index);
        }
        4 => {
            attachment(sql, "hr.applicant", number, &index);
            attachment(sql, "account.move", number, "An invoice.");
        }
        26 => {}
        27 => attachment(sql, "hr.applicant", number, "application"),
        _ => attachment(sql, "hr.applicant", number, &index),
    }
}

fn attachment(sql: &mut String, model: &str, number: i32, index: &str) {
    let columns = "name, res_model, res_id, type, mimetype, index_content, write_date";
    let values = [
        "'cv.pdf'".to_owned(),
        format!("'{model}'"),
        number.to_string(),
        "'binary'".into(),
        "'application/pdf'".into(),
        text(index),
        "'2025-05-06 07:08:09'".into(),
    ];
    insert(sql, "ir_attachment", columns, &values);
}

fn employee(sql: &mut String, number: i32, person: &Person) {
    let company = if number == 21 { "2" } else { "1" };
    let values = [
        number.to_string(),
        company.into(),
        text(&format!("{} {}", person.first_name, person.last_name)),
        text(&person.email),
        text(&person.phone),
        "'1980-01-01'".into(),
        "'other'".into(),
        (number != 22).to_string(),
    ];
    insert(
        sql,
        "hr_employee",
        "id, company_id, name, work_email, mobile_phone, birthday, gender, active",
        &values,
    );
    let lines: Vec<&str> = person.experience.iter().flat_map(|text| text.lines()).collect();
    for (job, lines) in (1..).zip(lines.chunks(4).take(4)) {
        let body = html(&lines.join("\n"));
        let description = match (number, job) {
            (1, 2) => "NULL".to_owned(),
            (1, 3) => text("{\"en_US\": \"\"}") + "::jsonb",
            (2, 2) => text("{\"de_DE\": \"<p>Nur deutsch.</p>\"}") + "::jsonb",
            _ => text(&json!({"de_DE": "<p>Deutsch.</p>", "en_US": body}).to_string()) + "::jsonb",
        };
        let name = json!({"en_US": format!("{} {job}", person.occupation)});
        let values = [
            number.to_string(),
            text(&name.to_string()) + "::jsonb",
            description,
            format!("'{}-03-01'", 2024 - 3 * job),
            if job == 1 { "NULL".to_owned() } else { format!("'{}-02-28'", 2027 - 3 * job) },
        ];
        insert(sql, "hr_resume_line", "employee_id, name, description, date_start, date_end", &values);
    }
}

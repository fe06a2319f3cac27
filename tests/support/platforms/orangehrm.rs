//! OrangeHRM: candidates, and staff by another mapping.

use redraft::demo::{self, Person};

use super::{Platform, insert, literal, people, resume, short};
use crate::support::servers::{self, Kind};

const CANDIDATES: &str = r#"
[mapping.candidate]
table = "ohrm_job_candidate"
key = ["id"]
display = ["first_name", "last_name"]
where = "consent_to_keep_data = 1"
[mapping.candidate.personal]
name = ["first_name", "middle_name", "last_name"]
email = ["email"]
phone = ["contact_number"]

[[mapping.section]]
id = "resume"
kind = "text"
column = "cv_text_version"
max_bytes = 65535

[[mapping.section]]
id = "keywords"
kind = "list"
separator = ","
column = "keywords"
max_chars = 255

[mapping.posting]
table = "ohrm_job_vacancy"
key = ["id"]
where = "status = 1"
title = { column = "name" }
text = [{ column = "description" }, { table = "ohrm_job_title", join = { id = "job_title_code" }, column = "job_description" }]
updated_at = "updated_time"

[mapping.link]
table = "ohrm_job_candidate_vacancy"
candidate = { candidate_id = "id" }
posting = { vacancy_id = "id" }
stage = "status"
"#;

const STAFF: &str = r#"
[mapping.candidate]
table = "hs_hr_employee"
key = ["emp_number"]
display = ["emp_firstname", "emp_lastname"]
where = "termination_id IS NULL AND purged_at IS NULL"
never_read = ["emp_ssn_num", "emp_sin_num", "emp_other_id", "emp_dri_lice_num", "emp_birthday", "emp_gender", "emp_marital_status", "nation_code", "ethnic_race_code", "eeo_cat_code", "emp_smoker", "emp_military_service", "sal_grd_code"]
[mapping.candidate.personal]
name = ["emp_firstname", "emp_middle_name", "emp_lastname", "emp_nick_name"]
email = ["emp_work_email", "emp_oth_email"]
phone = ["emp_hm_telephone", "emp_mobile", "emp_work_telephone"]
address = ["emp_street1", "emp_street2", "city_code", "emp_zipcode"]

[[mapping.section]]
id = "experience"
kind = "rows"
table = "hs_hr_emp_work_experience"
key = ["emp_number", "eexp_seqno"]
join = { emp_number = "emp_number" }
order = ["-eexp_from_date", "eexp_seqno"]
fixed = { employer = "eexp_employer", title = "eexp_jobtit", from = "eexp_from_date", to = "eexp_to_date" }
writable = { body = { column = "eexp_comments", max_chars = 200 } }
"#;

/// OrangeHRM with 28 candidates: 24 who agreed, then the traps, by id: 25, 26 did not agree to have their data kept; 27 has
/// no text; 28 an empty one. Candidate 1 has a text that needs every byte of its column's character set, candidate 2
/// no keywords.
pub fn orangehrm() -> Option<Platform> {
    let database = servers::mariadb()?;
    Some(Platform::new(database, include_str!("orangehrm.sql"), &rows(), CANDIDATES))
}

/// The same database, by the mapping of its staff: 24 employees with up to four jobs each; 23 has left, 24 has none.
pub fn orangehrm_staff() -> Option<Platform> {
    let database = servers::mariadb()?;
    Some(Platform::new(database, include_str!("orangehrm.sql"), &rows(), STAFF))
}

fn text(value: &str) -> String {
    literal(Kind::Mariadb, &short(value))
}

fn at_most(value: &str, chars: usize) -> String {
    text(&short(value).chars().take(chars).collect::<String>())
}

fn rows() -> String {
    let mut sql = String::new();
    let people = people(28);
    for (number, person) in (1..=24).zip(&people) {
        employee(&mut sql, number, person);
    }
    insert(
        &mut sql,
        "ohrm_job_title",
        "id, job_title, job_description",
        &["1".into(), "'Lead'".into(), text("Leads a small team, plans its shifts and talks to customers.")],
    );
    for posting in demo::postings(demo::DEFAULT_SEED).iter().take(3) {
        let columns = "id, job_title_code, name, description, status, defined_time, updated_time";
        let date = "'2025-04-01 08:00:00'".to_owned();
        let status = i32::from(posting.id != 3).to_string();
        let values =
            [posting.id.to_string(), "1".into(), at_most(&posting.title, 100), text(&posting.text), status];
        insert(&mut sql, "ohrm_job_vacancy", columns, &[&values[..], &[date.clone(), date]].concat());
    }
    for (number, person) in (1..).zip(&people) {
        candidate(&mut sql, number, person);
    }
    sql
}

fn candidate(sql: &mut String, number: i32, person: &Person) {
    let cv = match number {
        1 => text(&format!("{}\n„größer“ – café, 東京, Ελλάδα", resume(person))),
        27 => "NULL".to_owned(),
        28 => "''".to_owned(),
        _ => text(&resume(person)),
    };
    let keywords = if number == 2 { "NULL".to_owned() } else { text("filing,team work, Excel") };
    let columns = "id, first_name, last_name, email, contact_number, status, mode_of_application, date_of_application, \
                   cv_text_version, keywords, consent_to_keep_data";
    let values = [
        number.to_string(),
        at_most(&person.first_name, 30),
        at_most(&person.last_name, 30),
        text(&person.email),
        at_most(&person.phone, 30),
        "1".into(),
        "1".into(),
        "'2025-02-03'".into(),
        cv,
        keywords,
        i32::from(!matches!(number, 25 | 26)).to_string(),
    ];
    insert(sql, "ohrm_job_candidate", columns, &values);
    let values = [number.to_string(), number.to_string(), (1 + number % 3).to_string()];
    let rest = ["'APPLICATION INITIATED'".to_owned(), "'2025-02-03'".to_owned()];
    let columns = "id, candidate_id, vacancy_id, status, applied_date";
    insert(sql, "ohrm_job_candidate_vacancy", columns, &[&values[..], &rest].concat());
}

fn employee(sql: &mut String, number: i32, person: &Person) {
    let columns = "emp_number, emp_firstname, emp_lastname, emp_work_email, emp_mobile, emp_ssn_num, emp_birthday, \
                   termination_id";
    let values = [
        number.to_string(),
        text(&person.first_name),
        text(&person.last_name),
        at_most(&person.email, 50),
        text(&person.phone),
        "'078-05-1120'".into(),
        "'1980-01-01'".into(),
        if number == 23 { "7".into() } else { "NULL".into() },
    ];
    insert(sql, "hs_hr_employee", columns, &values);
    let lines =
        person.experience.iter().flat_map(|text| text.lines()).filter(|line| line.chars().count() > 40);
    let jobs = if number == 24 { 0 } else { 4 };
    for (job, line) in (1..=jobs).zip(lines) {
        let comment = match (number, job) {
            (1, 2) => "NULL".to_owned(),
            (1, 3) => "''".to_owned(),
            _ => at_most(line.trim(), 160),
        };
        let columns =
            "emp_number, eexp_seqno, eexp_employer, eexp_jobtit, eexp_from_date, eexp_to_date, eexp_comments";
        let from = format!("'{}-02-01 00:00:00'", 2024 - 3 * job);
        let to = if job == 1 { "NULL".to_owned() } else { format!("'{}-01-31 00:00:00'", 2027 - 3 * job) };
        let values = [number.to_string(), job.to_string(), at_most(&format!("Firm {job}"), 100)];
        let rest = [at_most(&person.occupation, 120), from, to, comment];
        insert(sql, "hs_hr_emp_work_experience", columns, &[&values[..], &rest].concat());
    }
}

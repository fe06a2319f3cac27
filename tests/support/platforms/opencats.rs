//! OpenCATS.

use std::fmt::Write as _;

use redraft::demo;

use super::{Platform, insert, literal, people, resume, short};
use crate::support::servers::{self, Kind};

const MAPPING: &str = r#"
[mapping]
tenant = { column = "site_id", value = 1 }
user = 1

[mapping.candidate]
table = "candidate"
key = ["candidate_id"]
display = ["first_name", "last_name"]
where = "is_active = 1 AND is_admin_hidden = 0"
updated_at = "date_modified"
never_read = ["eeo_ethnic_type_id", "eeo_veteran_type_id", "eeo_disability_status", "eeo_gender", "current_pay", "desired_pay", "notes"]
[mapping.candidate.personal]
name = ["first_name", "middle_name", "last_name"]
email = ["email1", "email2"]
phone = ["phone_home", "phone_cell", "phone_work"]
address = ["address", "city", "state", "zip"]
url = ["web_site"]

[[mapping.section]]
id = "resume"
kind = "text"
table = "attachment"
key = ["attachment_id"]
join = { data_item_id = "candidate_id" }
where = "data_item_type = 100 AND resume = 1"
pick = ["-date_modified", "-attachment_id"]
column = "text"
codec = ["opencats_fulltext"]
max_bytes = 65535
set = { md5_sum_text = "md5(:stored)", date_modified = "now()" }

[[mapping.section]]
id = "skills"
kind = "text"
column = "key_skills"
set = { date_modified = "now()" }

[mapping.posting]
table = "joborder"
key = ["joborder_id"]
where = "status IN ('Active', 'OnHold') AND is_admin_hidden = 0"
title = { column = "title" }
text = [{ column = "description", format = "html" }]
updated_at = "date_modified"
never_read = ["rate_max", "salary", "notes"]

[mapping.link]
table = "candidate_joborder"
candidate = { candidate_id = "candidate_id" }
posting = { joborder_id = "joborder_id" }
stage = "status"
"#;

/// OpenCATS with 32 candidates: 24 of site 1 who can be rewritten, then the traps, by key:
/// 25, 26 of another site; 27 not active; 28 hidden; 29 without any attachment; 30 with one that is no résumé; 31 whose
/// résumé was stored unescaped; 32 whose text is NULL. Candidate 1 has an older résumé too, candidate 2 an attachment
/// of a job order with the same number, candidate 3 a résumé of the other site with the same number, candidate 4
/// mojibake, candidate 5 dates that mean "never", candidate 6 no skills and candidate 7 empty ones.
pub fn opencats() -> Option<Platform> {
    let database = servers::mariadb()?;
    Some(Platform::new(database, include_str!("opencats.sql"), &rows(), MAPPING))
}

/// How OpenCATS stores the text of an attachment: its search index cannot hold these characters.
pub fn escape(text: &str) -> String {
    let out =
        text.replace('+', "_rPLUSr").replace('#', "_rPOUNDr").replace('&', "_rANDr").replace('@', "_rATr");
    // A pattern of two characters, whose matches do not overlap: a dot and what is no space.
    let mut dotted = String::new();
    let mut chars = out.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '.' && *next != ' ' => {
                dotted.push_str("_rDOTr");
                dotted.extend(chars.next());
            }
            _ => dotted.push(c),
        }
    }
    dotted
}

fn text(value: &str) -> String {
    literal(Kind::Mariadb, &short(value))
}

fn rows() -> String {
    let mut sql = "INSERT INTO site (site_id, name) VALUES (1, 'Ours'), (2, 'Theirs');\n".to_owned();
    for posting in demo::postings(demo::DEFAULT_SEED).iter().take(4) {
        let html = format!("<p>{}</p>", posting.text.replace('&', "&amp;").replace('\n', "<br>"));
        let site = if posting.id == 4 { 2 } else { 1 };
        let title: String = posting.title.chars().take(60).collect();
        let values = [posting.id.to_string(), site.to_string(), text(&title), text(&html), "'Active'".into()];
        insert(&mut sql, "joborder", "joborder_id, site_id, title, description, status", &values);
    }
    for (number, person) in (1..).zip(people(32)) {
        let site = if matches!(number, 25 | 26) { 2 } else { 1 };
        let skills = match number {
            6 => "NULL".to_owned(),
            7 => "''".to_owned(),
            _ => text(person.skills.as_deref().unwrap_or("C++, C#, Q&A")),
        };
        let values = [
            number.to_string(),
            site.to_string(),
            text(&person.last_name),
            text(&person.first_name),
            text(&person.phone),
            text(&person.city),
            text(&person.email),
            skills,
            text("Wants 40k. Not to be shown to anybody."),
            i32::from(number != 27).to_string(),
            i32::from(number == 28).to_string(),
            if number == 5 { "'0000-00-00 00:00:00'" } else { "'2025-03-01 00:00:00'" }.to_owned(),
        ];
        let columns = "candidate_id, site_id, last_name, first_name, phone_cell, city, email1, key_skills, notes, \
                       is_active, is_admin_hidden, date_available";
        insert(&mut sql, "candidate", columns, &values);
        let plain = match number {
            // What a table in another character set leaves when it is read as this one.
            4 => format!("{}\nâ€¢ DÃ©jÃ vu â€“ 2019", resume(&person)),
            _ => format!("{}\nC++ and C#, R&D, see http://example.org/a...b", resume(&person)),
        };
        attachments(&mut sql, number, &plain);
        writeln!(
            sql,
            "INSERT INTO candidate_joborder (candidate_id, joborder_id, site_id, status) VALUES ({number}, {}, {site}, 100);",
            1 + number % 4
        )
        .unwrap();
    }
    sql
}

/// An attachment: whose it is, of which type and site, whether it is a résumé, its day in 2025 and its text.
fn attachment(sql: &mut String, [of, kind, site, resume, day]: [i32; 5], stored: Option<&str>) {
    let (text, sum) = stored.map_or_else(
        || ("NULL".to_owned(), "''".to_owned()),
        |stored| (text(stored), format!("md5({})", text(stored))),
    );
    writeln!(
        sql,
        "INSERT INTO attachment (data_item_id, data_item_type, site_id, resume, date_modified, text, md5_sum_text,
            original_filename, directory_name) VALUES ({of}, {kind}, {site}, {resume}, '2025-05-{day:02} 10:00:00',
            {text}, {sum}, 'cv.pdf', 'site_{site}/0xxx/');"
    )
    .unwrap();
}

fn attachments(sql: &mut String, number: i32, plain: &str) {
    const CANDIDATE: i32 = 100;
    const JOB_ORDER: i32 = 400;
    let stored = escape(plain);
    match number {
        25 | 26 => attachment(sql, [number, CANDIDATE, 2, 1, 10], Some(&stored)),
        29 => {}
        30 => attachment(sql, [number, CANDIDATE, 1, 0, 10], Some(&stored)),
        31 => attachment(sql, [number, CANDIDATE, 1, 1, 10], Some(plain)),
        32 => attachment(sql, [number, CANDIDATE, 1, 1, 10], None),
        _ => {
            attachment(sql, [number, CANDIDATE, 1, 1, 10], Some(&stored));
            match number {
                1 => attachment(sql, [number, CANDIDATE, 1, 1, 2], Some("An older one.")),
                2 => attachment(sql, [number, JOB_ORDER, 1, 1, 20], Some("A job order's.")),
                3 => attachment(sql, [number, CANDIDATE, 2, 1, 20], Some("Of another site.")),
                _ => {}
            }
        }
    }
}

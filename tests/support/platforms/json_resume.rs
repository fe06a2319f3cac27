//! A platform that keeps each résumé as a document in the shape of JSON Resume.

use redraft::demo::Person;
use serde_json::{Value, json};

use super::{Platform, insert, literal, people};
use crate::support::servers::{self, Kind};

const JSONB: &str = r#"
[mapping]
tenant = { column = "agency", value = 7 }

[mapping.candidate]
table = "person"
key = ["id"]
display = ["Full Name"]
where = "consent"
updated_at = "updated_at"
[mapping.candidate.personal]
name = ["Full Name"]
email = ["email"]

[[mapping.section]]
id = "resume"
kind = "json"
column = "resume"
writable = ["$.basics.summary", "$.work[*].summary", "$.work[*].highlights[*]"]
fixed = ["$.work[*].name", "$.work[*].position", "$.work[*].startDate", "$.work[*].endDate", "$.education[*]"]
"#;

const JSON: &str = r#"
[mapping.candidate]
table = "legacy_person"
key = ["agency", "number"]
display = ["name"]
[mapping.candidate.personal]
name = ["name"]

[[mapping.section]]
id = "resume"
kind = "json"
column = "resume"
writable = ["$.basics.summary", "$.work[*].summary", "$.work[*].highlights[*]"]
fixed = ["$.work[*].name", "$.work[*].position", "$.work[*].startDate", "$.work[*].endDate", "$.education[*]"]
"#;

/// Documents in a column of type `jsonb`, with uuids as keys: 24 people, of whom 21 is another agency's, 22 did not agree,
/// 23 has no document and 24 one without any of the texts. A trigger dates each change.
pub fn json_resume() -> Option<Platform> {
    let database = servers::postgres()?;
    Some(Platform::new(database, include_str!("json_resume.sql"), &rows(), JSONB))
}

/// Documents in a column of type `json`, which keeps blanks, the order of keys and keys that stand twice, with keys of two
/// columns: 24 people.
pub fn legacy_json_resume() -> Option<Platform> {
    let database = servers::postgres()?;
    Some(Platform::new(database, include_str!("json_resume.sql"), &rows(), JSON))
}

fn text(value: &str) -> String {
    literal(Kind::Postgres, &value.replace('\0', ""))
}

fn rows() -> String {
    let mut sql = String::new();
    for (number, person) in (1..).zip(people(24)) {
        let name = text(&format!("{} {}", person.first_name, person.last_name));
        let document = document(&person);
        let resume = match number {
            23 => "NULL".to_owned(),
            24 => text("{\"basics\": {}, \"work\": []}") + "::jsonb",
            _ => text(&document.to_string()) + "::jsonb",
        };
        let values = [
            format!("'0190a000-0000-7000-8000-{number:012x}'"),
            name.clone(),
            text(&person.email),
            if number == 21 { "8".to_owned() } else { "7".to_owned() },
            (number != 22).to_string(),
            resume,
            "'2025-01-02 03:04:05+00'".to_owned(),
        ];
        let columns = "id, \"Full Name\", email, agency, consent, resume, updated_at";
        insert(&mut sql, "person", columns, &values);
        let pretty = serde_json::to_string_pretty(&document).unwrap();
        // A key that stands twice: the last one counts, and both must stay.
        let pretty = pretty.replacen('{', "{\n  \"lang\": \"de\",", 1);
        let agency = if number % 2 == 0 { "'a'" } else { "'B'" }.to_owned();
        let values = [agency, (i64::from(number) << 40).to_string(), name, text(&pretty) + "::json"];
        insert(&mut sql, "legacy_person", "agency, number, name, resume", &values);
    }
    sql
}

fn document(person: &Person) -> Value {
    let lines: Vec<&str> = person
        .experience
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.trim().is_empty())
        .collect();
    let work: Vec<Value> = (1..)
        .zip(lines.chunks(5).take(3))
        .map(|(job, lines)| {
            json!({
                "position": person.occupation, "name": format!("Firm {job}"), "startDate": format!("{}-01", 2024 - job),
                "summary": lines[0], "highlights": lines[1..], "x-rating": 0.10,
            })
        })
        .collect();
    json!({
        "basics": {"name": person.first_name, "email": person.email, "summary": person.summary, "location": {"city": person.city}},
        "work": work,
        "education": [{"institution": "A school", "area": "\u{2028} a/b \"quoted\" \\ é"}],
        "lang": "en",
        "meta": {"version": "v1.0.0", "big": 9_007_199_254_740_993_i64, "empty": [], "nothing": null},
    })
}

//! The roles that `docs/databases.md` gives are enough for all that redraft does, and for nothing else.

use std::fmt::Write as _;

use super::job::{Desk, ids};
use crate::support::{
    platforms,
    servers::{self, Kind},
};

const DOCS: &str = include_str!("../../docs/databases.md");

const MAPPING: &str = r#"
[mapping.candidate]
table = "candidate"
key = ["id"]
display = ["name"]
where = "consent = 1"
never_read = ["pay"]
[mapping.candidate.personal]
email = ["email"]
[[mapping.section]]
id = "cv"
column = "cv"
set = { updated_at = "now()" }
"#;

/// The first piece of SQL behind these words.
fn sql_behind(words: &str) -> &'static str {
    let (_, behind) = DOCS.split_once(words).unwrap_or_else(|| panic!("no {words:?}"));
    let (_, behind) = behind.split_once("```sql\n").unwrap();
    behind.split_once("```").unwrap().0
}

#[test]
fn the_role_of_the_documentation_is_enough_and_may_do_nothing_else() {
    for make in [servers::postgres, servers::mariadb] {
        let Some(database) = make() else { continue };
        let kind = database.kind();
        database.run(sql_behind("For a table like"));
        let mut rows = String::new();
        for (number, text) in (1..).zip(platforms::resumes(6)) {
            let text = platforms::literal(kind, &text);
            writeln!(rows, "INSERT INTO candidate VALUES ({number}, 'P{number}', 'p{number}@example.org', {text}, '40k', {}, NULL);", i32::from(number < 6)).unwrap();
        }
        database.run(&rows);
        let role = format!("{}_docs", database.name());
        let grants = sql_behind(&format!("<!-- role: {} -->", kind.name()));
        database.run(
            &grants
                .replace("ROLE redraft", &format!("ROLE {role}"))
                .replace("TO redraft", &format!("TO {role}"))
                .replace("USER redraft", &format!("USER {role}")),
        );

        let desk = Desk::new(&database.url_as(&role, "role-password"), MAPPING);
        let before = database.dump();
        let checked = desk.place.json(&["check"]);
        let levels = checked["data"].as_array().unwrap().iter();
        let odd: Vec<_> = levels.filter(|check| check["level"] != "ok").collect();
        assert!(odd.is_empty(), "{odd:#?}");
        let ready: Vec<String> = desk.rewrites_all().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ready.len(), 5);
        for id in &ready {
            desk.about(&["review", "approve", "--yes"], std::slice::from_ref(id)).ok();
        }
        let done = ids(&desk.place.json(&["writeback", "--yes"])["done"]);
        assert_eq!(done.len(), 5);
        assert_ne!(database.dump(), before);
        desk.about(&["revert", "--yes"], &done).ok();
        let left = super::job::differences(&before, &database.dump());
        assert!(left.iter().all(|(_, _, column)| column == "updated_at"), "{left:?}");

        let refused = [
            "UPDATE candidate SET name = 'x' WHERE id = 1",
            "SELECT pay FROM candidate",
            "DELETE FROM candidate WHERE id = 1",
            "INSERT INTO candidate (id) VALUES (99)",
            "DELETE FROM redraft_receipt",
            "CREATE TABLE mine (id integer)",
            "ALTER TABLE candidate ADD COLUMN more integer",
        ];
        for sql in refused {
            let said = database.try_run_as((&role, "role-password"), sql).expect_err(sql);
            let said = said.to_lowercase();
            assert!(["denied", "must be owner"].iter().any(|word| said.contains(word)), "{sql}: {said}");
        }
        database.try_run_as((&role, "role-password"), "SELECT id, cv FROM candidate").unwrap();
        if kind == Kind::Mariadb {
            database.run(&format!("DROP USER {role}@localhost"));
        }
    }
}

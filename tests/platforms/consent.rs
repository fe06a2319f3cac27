//! Who has not agreed, or no longer agrees, is never sent to the model, whatever is asked for and whenever.

use std::fmt::Write as _;

use rustix::process::{Pid, Signal, kill_process};

use super::job::Desk;
use crate::support::{
    platforms,
    servers::{self, Kind},
};

const MAPPING: &str = r#"
[mapping]
tenant = { column = "agency", value = 1 }
[mapping.candidate]
table = "candidate"
key = ["id"]
display = ["name"]
where = "consent = 1"
[[mapping.section]]
id = "cv"
column = "cv"
"#;

#[test]
fn nobody_is_sent_without_consent_or_from_another_agency() {
    for make in [servers::postgres, servers::mariadb] {
        let Some(database) = make() else { continue };
        let kind = database.kind();
        let engine = if kind == Kind::Mariadb { " ENGINE=InnoDB" } else { "" };
        let mut sql = format!(
            "CREATE TABLE candidate (id integer PRIMARY KEY, agency integer, name varchar(40), cv text, consent integer){engine};\n"
        );
        // 1 to 4 agree; 5 does not; 6 agrees, and is another agency's.
        for (number, text) in (1..).zip(platforms::resumes(6)) {
            let text = platforms::literal(kind, &text);
            let (agency, consent) = (1 + i32::from(number == 6), i32::from(number != 5));
            writeln!(
                sql,
                "INSERT INTO candidate VALUES ({number}, {agency}, 'P{number}', {text}, {consent});"
            )
            .unwrap();
        }
        database.run(&sql);
        let desk = Desk::new(&database.url(), MAPPING);
        for other in ["5", "6"] {
            let said = desk.place.on_demo(&["batch", "start", "--ids", other, "--yes"]);
            said.fails(1, &[&format!("There is no candidate {other} here.")]);
        }
        desk.place.json(&["batch", "start", "--all"]);
        // Between the start of the batch and its turn.
        database.run(
            "UPDATE candidate SET consent = 0 WHERE id = 1; UPDATE candidate SET agency = 2 WHERE id = 2",
        );
        let worker = desk.place.start(&["worker"]);
        desk.place.on_demo(&["batch", "watch", "b1", "--json"]).ok();
        kill_process(Pid::from_child(&worker), Signal::TERM).unwrap();
        assert_eq!(worker.ended().status, 0);

        let list = desk.place.json(&["review", "list", "--limit", "100"]);
        let rows = list["data"].as_array().unwrap();
        let of = |state: &str| -> Vec<&str> {
            let rows = rows.iter().filter(|row| row["state"] == state);
            let mut found: Vec<&str> = rows.map(|row| row["candidate"].as_str().unwrap()).collect();
            found.sort_unstable();
            found
        };
        assert_eq!((of("ready"), of("skipped")), (vec!["3", "4"], vec!["1", "2"]), "{list:#}");
        for row in rows.iter().filter(|row| row["state"] == "skipped") {
            assert_eq!(row["attempts"], 0, "nothing was sent: {row}");
            assert!(row.to_string().contains("no longer in the candidate database"), "{row}");
        }
        // And between the approval and the write-back.
        let ready = desk.list("state:ready");
        for (id, _) in &ready {
            desk.about(&["review", "approve", "--yes"], std::slice::from_ref(id)).ok();
        }
        database.run(
            "UPDATE candidate SET consent = 0 WHERE id = 3; UPDATE candidate SET agency = 2 WHERE id = 4",
        );
        let before = database.dump();
        desk.place.on_demo(&["writeback", "--yes", "--json"]).fails(1, &[]);
        assert!(super::job::differences(&before, &database.dump()).is_empty());
        assert!(desk.list("state:written").is_empty());
    }
}

//! The platforms themselves: their tables load, hold the traps that they promise, and a dump sees a change of one byte.

use super::*;
use crate::support::servers::Dump;

type Make = fn() -> Option<Platform>;

#[test]
fn every_platform_loads_and_a_dump_of_it_sees_every_byte() {
    let all: [(Make, &str, &str); 8] = [
        (opencats, "candidate", "UPDATE candidate SET city = CONCAT(city, ' ') WHERE candidate_id = 3"),
        (
            orangehrm,
            "ohrm_job_candidate",
            "UPDATE ohrm_job_candidate SET keywords = 'Filing,team work, Excel' WHERE id = 3",
        ),
        (
            orangehrm_staff,
            "hs_hr_employee",
            "UPDATE hs_hr_employee SET emp_ssn_num = '' WHERE emp_number = 3",
        ),
        (frappe, "tabJob Applicant", "UPDATE `tabJob Applicant` SET idx = 1 WHERE name LIKE 'HR-APP-0003%'"),
        (odoo, "hr_applicant", "UPDATE hr_applicant SET applicant_notes = NULL WHERE id = 2"),
        (odoo_staff, "hr_employee", "UPDATE hr_employee SET work_phone = '' WHERE id = 3"),
        (
            json_resume,
            "legacy_person",
            "UPDATE legacy_person SET resume = (resume::text || ' ')::json WHERE number = 1::bigint << 40",
        ),
        (
            legacy_json_resume,
            "legacy_person",
            "UPDATE legacy_person SET name = 'x' WHERE number = 1::bigint << 40",
        ),
    ];
    for (make, table, change) in all {
        let Some(platform) = make() else { continue };
        let before = platform.database.dump();
        assert!(before.len() > 200, "{table}: {}", before.len());
        assert_eq!(platform.database.dump(), before);
        platform.database.run(change);
        let changed: Vec<_> = platform.database.dump().differs_from(&before).into_iter().collect();
        assert!(changed.len() == 1 && changed[0].0 == table, "{changed:?}");
    }
}

fn text(dump: &Dump, table: &str, key: &str, column: &str) -> String {
    dump.text(table, key, column).unwrap()
}

#[test]
fn opencats_stores_what_its_search_index_cannot_hold_escaped() {
    assert_eq!(escape("C++, C#, R&D, a@b.org"), "C_rPLUSr_rPLUSr, C_rPOUNDr, R_rANDrD, a_rATrb_rDOTrorg");
    assert_eq!(escape("a...b. c.\n.\u{a0}d."), "a_rDOTr._rDOTrb. c_rDOTr\n_rDOTr\u{a0}d.");
    let Some(platform) = opencats() else { return };
    let dump = platform.database.dump();
    let stored = text(&dump, "attachment", "1", "text");
    assert!(
        stored.contains("C_rPLUSr_rPLUSr") && stored.contains("a_rDOTr._rDOTrb") && !stored.contains('+')
    );
    assert_eq!(dump.text("attachment", "2", "text").as_deref(), Some("An older one."));
    assert!(dump.text("attachment", "1", "md5_sum_text").is_some());
}

#[test]
fn the_old_server_is_as_lax_as_old_servers_are() {
    let Some(platform) = opencats() else { return };
    let database = &platform.database;
    // What redraft must refuse itself: no error, another text.
    database.run("UPDATE candidate SET key_skills = _utf8mb4 X'f09f9880' WHERE candidate_id = 1");
    assert_eq!(database.value("SELECT key_skills FROM candidate WHERE candidate_id = 1"), "?");
    database.run("UPDATE candidate SET key_skills = REPEAT('x', 70000) WHERE candidate_id = 1");
    assert_eq!(database.value("SELECT LENGTH(key_skills) FROM candidate WHERE candidate_id = 1"), "65535");
    database
        .run("START TRANSACTION; UPDATE candidate SET key_skills = 'stays' WHERE candidate_id = 1; ROLLBACK");
    assert_eq!(database.value("SELECT key_skills FROM candidate WHERE candidate_id = 1"), "stays");
    assert_eq!(
        database.value("SELECT COUNT(*) FROM candidate WHERE date_available = '0000-00-00 00:00:00'"),
        "1"
    );
    database.run("UPDATE candidate SET key_skills = 'Resume' WHERE candidate_id = 1");
    assert_eq!(database.value("SELECT COUNT(*) FROM candidate WHERE key_skills = 'résumé  '"), "1");
}

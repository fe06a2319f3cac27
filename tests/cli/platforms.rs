//! `redraft init` and `redraft check` on the databases of known platforms: what is proposed holds as it stands, and
//! neither changes a byte.

use super::run::Place;
use crate::support::platforms::{self, Platform};

/// Maps and checks; returns what the check says.
fn holds(made: Option<Platform>, options: &[&str], words: &[&str]) {
    let Some(made) = made else { return };
    let mut place = Place::empty();
    place.set("ATS_URL", &made.database.url());
    let before = made.database.dump();
    let init = place.run(&[&["init", "--url-env", "ATS_URL"], options].concat()).ok();
    for word in ["letters and digits masked", "Next: redraft check"] {
        assert!(init.out.contains(word), "no {word:?} in {init:#?}");
    }
    let check = place.run(&["check", "--offline"]).ok();
    for word in words {
        assert!(check.out.contains(word), "no {word:?} in {check:#?}");
    }
    let changed = made.database.dump().differs_from(&before);
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn opencats() {
    let words = ["MyISAM, which cannot undo", "no emoji", "The trial of a write is left out"];
    holds(platforms::opencats(), &["--tenant", "1", "--user", "1"], &words);
}

#[test]
fn orangehrm() {
    let words = ["A write went through and was undone."];
    holds(platforms::orangehrm(), &[], &words);
    holds(platforms::orangehrm_staff(), &["--platform", "orangehrm-staff"], &words);
}

#[test]
fn odoo() {
    let words = ["A write went through and was undone."];
    holds(platforms::odoo(), &["--tenant", "1", "--user", "2"], &words);
    holds(platforms::odoo_staff(), &["--platform", "odoo-staff", "--tenant", "1", "--user", "2"], &words);
}

#[test]
fn frappe() {
    holds(platforms::frappe(), &[], &["A write went through and was undone."]);
}

#[test]
fn documents_in_json() {
    holds(platforms::json_resume(), &[], &["A write went through and was undone.", "It is jsonb"]);
}

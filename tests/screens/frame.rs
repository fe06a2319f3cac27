//! What the application itself draws: screens by number, hints, dialogs, help, palette.

use crate::support::script::Script;

#[test]
fn numbers_go_to_screens() {
    let mut script = Script::at(80, 24);
    script.key("4");
    assert_eq!(script.line(1), " 1 Dashboard 2 Candidates 3 Batches [4]Review 5 Write-back 6 Activity");
}

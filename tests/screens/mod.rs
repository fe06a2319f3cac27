//! Scripted sessions over the screens.
//!
//! What reviewing promises, and which test shows it (rooms of this binary, or `src/` where it says so; a test below sees
//! to it that each of them is there):
//!
//! | promise | tests |
//! | --- | --- |
//! | a changed word is shown, a kept one never | `diff::edits_are_shown_and_nothing_else`, `src/diff::rows_cover_both_texts_and_keep_only_equal_words` |
//! | a moved bullet is shown once, with its edits | `diff::moved_bullets_are_shown_as_moved`, `src/diff::a_moved_bullet_is_one_change_and_its_words_are_others` |
//! | another view keeps the change under the cursor | `src/diff/rows::the_cursor_stays_on_the_same_change`, `src/tui::resizing_keeps_the_change_under_the_cursor` |
//! | both halves are equally high at every width | `src/diff/rows::every_line_fits_and_both_halves_are_equally_high` |
//! | an unchanged section is one line that opens | `src/diff/rows::an_unchanged_section_is_one_line_and_opens` |
//! | merged, split, with inspector by the width | `src/tui::a_rewrite_merged_at_80`, `src/tui::split_alone_at_100`, `src/tui::a_rewrite_with_inspector_at_200` |
//! | without colours everything is told | `screens::without_unicode_and_colours_everything_is_still_told`, `src/tui/theme::what_is_inserted_is_told_from_what_is_deleted_by_more_than_hue` |
//! | contrast on dark and light | `src/tui/theme::text_is_readable_on_the_background_that_the_theme_is_for` |
//! | words are found on both sides and in all rewrites | `src/tui::words_are_found_on_either_side`, `screens::words_are_found_in_rewrites_that_were_not_read_yet` |
//! | late answers are dropped | `src/tui::an_answer_about_another_rewrite_is_kept_but_not_shown`, `src/tui::texts_are_read_in_a_slot_that_holds_only_the_newest` |
//! | one key decides and goes on | `src/tui::approving_records_what_is_seen_and_goes_to_the_next`, `src/review::one_key_approves_and_goes_to_the_next` |
//! | any subset, and its exact text before | `src/tui::rejected_changes_stay_out_of_what_is_approved`, `src/tui::the_text_that_an_approval_writes_is_shown_before` |
//! | all is the after text, none the before text | `src/diff::all_is_after_and_none_is_before`, `src/diff::any_subset_holds_each_block_once` |
//! | undecided changes: accept, reject, ask | `src/tui::under_the_policy_to_ask_an_approval_asks_about_what_nobody_decided` |
//! | an edit changes the after text alone, and is recorded | `src/tui::an_edit_changes_one_paragraph_and_an_untouched_one_nothing`, `stories::an_edit_is_measured_again_and_its_undo_too` |
//! | reasons are kept, and counted by prompt | `src/tui::a_rejection_can_say_why`, `src/tui::one_reads_how_one_decides_and_why_rewrites_were_rejected` |
//! | undo restores what was touched, after a new start too | `src/review::undo_restores_everything_step_by_step`, `screens::decisions_reach_the_store_and_are_taken_back_also_later`, `stories::a_bulk_is_one_step_also_for_a_desk_that_begins_later` |
//! | undo by a time or a filter, counted before | `src/tui::decisions_are_taken_back_by_a_query_after_a_dialog`, `stories::decisions_since_a_time_or_of_a_filter_are_found_and_taken_back` |
//! | the record: who, when, how, keys, hashes | `stories::each_decision_says_how_it_was_made_and_after_how_many_seconds`, `stories::what_decisions_say_of_the_text_follows_one_from_another`, `src/tui::a_decision_says_which_keys_were_pressed` |
//! | a finding stops an approval, a reason passes it | `src/tui::a_finding_stops_an_approval_until_its_change_is_rejected`, `src/tui::a_finding_is_dismissed_only_for_a_reason_and_stops_nothing_then` |
//! | one filter language, completed, the same by a command | `src/review::what_is_shown_reads_back_as_itself`, `src/tui::a_filter_that_is_none_is_asked_for_again_and_words_are_completed`, `cli::filters_mean_the_same_in_the_store` |
//! | filters have names and tell how many they match | `src/tui::saved_filters_tell_how_many_they_match`, `src/tui::a_filter_is_saved_under_a_name` |
//! | marks stay with their rewrites, another filter asks | `src/tui::marks_stay_with_their_rewrites_and_are_asked_about_when_the_filter_changes` |
//! | many are a snapshot, what changed is left out and counted | `stories::a_bulk_leaves_out_what_changed_since_it_was_seen_and_is_taken_back_as_one`, `src/tui::everything_that_was_meant_is_counted_somewhere` |
//! | the dialog tells what nobody opened, and what is approved twice | `src/tui::the_dialog_at_80`, `src/tui::of_two_approved_rewrites_of_one_candidate_the_dialog_tells` |
//! | a bulk holds nothing with a finding that stops | `stories::a_blocking_finding_stops_an_approval_alone_and_in_bulk` |
//! | spot checks before the write-back, first in the queue | `stories::a_sample_of_what_nobody_opened_is_looked_at_before_it_is_written`, `stories::a_spot_check_that_fails_stops_the_write_back_of_its_batch`, `screens::spot_checks_of_mine_come_first_and_nobody_elses` |
//! | a bulk ends in groups that open | `src/tui::a_decision_about_many_ends_in_groups_that_can_be_shown` |
//! | who opens holds, and is taken over on purpose | `src/tui::what_is_open_is_renewed_while_keys_are_pressed_and_then_given_up`, `src/tui::what_somebody_else_has_open_is_shown_and_taken_over_after_a_dialog` |
//! | two never get the same next rewrite | `screens::two_reviewers_never_decide_the_same`, `pty::two_terminals_decide_one_queue_and_one_of_them_is_killed` |
//! | work is given to others | `src/review::names_take_turns_by_their_weights`, `src/tui::work_is_given_to_others_by_keys_and_taken_back_in_one_step` |
//! | second opinions, and what they disagree about | `stories::a_second_opinion_is_somebody_elses_and_what_is_disputed_is_decided_anew`, `src/tui::a_second_opinion_on_what_is_approved_is_asked_for_by_keys` |
//! | rules on who decides, rights to suggest or read | `stories::rules_keep_people_from_deciding`, `cli::who_may_only_suggest_spends_and_writes_nothing` |
//! | somebody decides what I read: my key does nothing | `src/tui::somebody_elses_decision_is_told_and_my_key_does_nothing` |
//! | the view and the batch are paused apart | `src/tui::a_paused_view_stands_still`, `src/tui::the_batch_of_a_rewrite_pauses_and_goes_on_after_a_yes` |
//! | leaving stops no work, coming back finds the place | `pty::a_batch_goes_on_after_the_terminal_was_lost`, `src/tui::after_another_start_filter_order_cursor_and_what_was_open_are_there_again` |
//! | arrivals do not move the cursor | `src/tui::arrivals_do_not_move_the_cursor_and_are_counted` |
//! | a conflict: keep, review, merge | `screens::both_texts_are_merged_by_keys_and_written`, `screens::what_stands_there_is_kept_and_that_can_be_taken_back` |
//! | the write-back is done once, and undone only where nothing changed | `kill::a_write_back_and_its_undo_survive_every_kill`, `writeback::an_undo_does_not_touch_a_text_that_was_edited_since` |
//! | what waits for the write-back, and for how long | `src/tui::what_waits_and_what_is_written_at_80` |
//! | it works at 80×24 and says when it is too small | `screens::a_small_terminal_is_told_politely_in_one_line`, `pty::the_main_job_at_80_by_24` |
//! | few bytes a key, none while idle | `screens::frames_stay_within_their_budgets`, `pty::it_resizes_sends_nothing_while_idle_and_gives_the_terminal_back` |
//! | a lost line loses no decision | `pty::a_lost_connection_ends_the_program`, `src/tui::an_edit_that_a_lost_line_interrupts_is_kept_as_a_note` |
//! | changes as lines for screen readers | `src/tui::a_plain_screen_says_the_change_in_words` |
//! | texts from outside steer no terminal | `screens::no_text_steers_the_terminal`, `src/diff/rows::hostile_text_is_shown_and_never_sent` |
//! | how people decide, told to them first | `src/tui::one_reads_how_one_decides` |
//! | haste is told and stops nobody | `src/tui::who_decides_faster_than_anybody_reads_is_told_and_not_stopped`, `src/review::only_a_whole_run_of_fast_decisions_is_haste`, `src/tui::whoever_was_too_fast_gets_twice_the_share` |
//!
//! Not there: a reason for each rejected change, rewrites with planted errors to measure attention, "others made this same
//! edit", assignment that a standing rule makes for what comes later.

mod bytes;
mod conflict;
mod frame;
mod review;

/// The texts of all source files of a directory.
fn sources(directory: &std::path::Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|name| name == "rs") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    sources(&root.join("tests"), &mut texts);
    let table = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | ")).skip(2);
    let mut named = 0;
    for row in table {
        for path in row.split('`').skip(1).step_by(2) {
            let name = path.rsplit("::").next().unwrap_or(path);
            assert!(texts.iter().any(|text| text.contains(&format!("fn {name}("))), "{path}: no such test");
            named += 1;
        }
    }
    assert!(named > 70, "{named}");
}

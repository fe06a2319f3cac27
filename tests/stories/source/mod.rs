//! The candidate database: what is read is what stands there, and what is written replaces exactly what was read.
//!
//! Which trap has which test (rooms of this binary, or `src/` where it says so):
//!
//! | trap or rule | tests |
//! | --- | --- |
//! | no rollback on `MyISAM` | `writeback::myisam`, `stories::check::a_table_that_cannot_undo_is_not_tried_and_every_trap_is_told` |
//! | a collation hides an edit | `writing::an_edit_that_a_collation_hides_is_a_conflict`, `edits` (with the plain `=` as control), `writeback::editors` |
//! | bytes of another character set | `edits` (`café` in latin1, which is no conflict) |
//! | NULL is not the empty text | `writing::an_edit_that_a_collation_hides_is_a_conflict`, `edits` |
//! | rows changed and rows matched | `edits::the_driver_counts_rows_that_match`, `writing::a_write_replaces_what_was_read_and_nothing_else` |
//! | characters that a column lacks | `unfit`; where only the server knows them, `unfit::what_only_the_server_knows_is_refused_by_it_even_where_nothing_can_be_undone` |
//! | 65,535 bytes, 255 bytes, n characters | `unfit`, `trouble::a_text_that_does_not_fit_is_refused_whatever_the_servers_mode` |
//! | the escapes of OpenCATS | `mapping::a_text_that_would_not_come_back_through_its_codec_is_skipped_with_a_reason`, `src/text/codec` |
//! | `md5_sum_text` of what is stored | `platforms::stories::opencats`, `mapping::the_newest_row_of_a_child_table_is_read_decoded_and_written_alone` |
//! | no time of change, or a wrong one | `writing::a_change_of_what_is_no_text_is_no_conflict` |
//! | consent is withdrawn | `writing::who_withdrew_consent_or_went_is_gone`, `mapping::a_row_that_no_longer_meets_its_condition_is_a_conflict` |
//! | a newer row arrives | `mapping::a_newer_row_since_the_read_is_a_conflict`, `mapping::rows_that_come_go_or_say_something_else_are_conflicts` |
//! | `jsonb` is written anew | `mapping::a_jsonb_document_keeps_all_but_its_strings`, `mapping::the_way_a_json_string_is_escaped_is_no_conflict`, `refusals` |
//! | U+0000 | `unfit`, `writing::what_would_not_be_stored_as_it_is_is_refused` |
//! | the index text of Odoo, its versions | `stories::init::odoo_is_mapped_as_documented`, `platforms::stories::odoo`, `mapping::a_joined_table_gives_name_and_search` |
//! | SQL beneath an application's own layer | `platforms::stories::odoo`, `mapping::the_platforms_history_gets_its_line_with_the_write` |
//! | names are quoted, values bound | `writing::every_text_comes_back_byte_for_byte`, `src/source/db/dialect.rs`, `src/source/tests.rs` |
//! | the tenant is in every statement | `mapping::other_tenants_are_neither_read_nor_written` |
//! | all sections or none | `writing::several_sections_are_written_together_or_not_at_all`, `mapping::rows_are_written_all_or_none` |
//! | what is around a text stays | `mapping::a_target_takes_the_text_and_keeps_all_outside_of_the_marks`, `mapping::a_json_document_keeps_every_byte_but_the_strings` |
//! | the source of a target must not change | `mapping::a_source_that_changed_is_a_conflict_although_the_target_did_not` |
//! | `never_read` | `src/source/tests.rs::a_mapping_that_does_not_fit_is_refused_with_sentence_place_and_hint` |
//! | the fingerprint | `fingerprint::a_column_that_is_no_longer_what_it_was_stops_everything`, `fingerprint::a_column_that_changes_while_the_application_runs_stops_its_writes` |
//! | limits count what is stored | `mapping::a_limit_counts_what_is_stored_not_what_is_read`, `unfit` |
//! | a trigger, a rule, a type alters the text | `refusals`, `writing::what_would_not_be_stored_as_it_is_is_refused`, `src/source/tests.rs` |
//! | a trigger at the commit | `refusals`, `writeback::outcomes::what_a_trigger_makes_of_a_text_at_the_commit_is_told_and_can_be_seen` |
//! | row-level security | `refusals` |

mod edits;
mod fingerprint;
mod keys;
mod linking;
mod mapping;
mod reading;
mod receipts;
mod refusals;
mod servers;
mod tls;
mod trouble;
mod unfit;
mod world;
mod writing;

/// Tells each story to each engine.
macro_rules! told {
    ($($room:ident::$story:ident),+ $(,)?) => {
        mod lite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$room::$story(&super::world::Lite::new().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $story() {
                    let Some(world) = super::servers::postgres().await else { return };
                    super::$room::$story(&world).await;
                }
            )+
        }

        mod mariadb {
            $(
                #[tokio::test]
                async fn $story() {
                    let Some(world) = super::servers::mariadb().await else { return };
                    super::$room::$story(&world).await;
                }
            )+
        }
    };
}

told! {
    mapping::the_newest_row_of_a_child_table_is_read_decoded_and_written_alone,
    mapping::a_limit_counts_what_is_stored_not_what_is_read,
    mapping::a_newer_row_since_the_read_is_a_conflict,
    mapping::a_row_that_no_longer_meets_its_condition_is_a_conflict,
    mapping::a_text_that_would_not_come_back_through_its_codec_is_skipped_with_a_reason,
    mapping::rows_are_sections_with_what_is_fixed_beside_them,
    mapping::rows_are_written_all_or_none,
    mapping::rows_that_come_go_or_say_something_else_are_conflicts,
    mapping::a_list_keeps_the_bytes_of_its_items,
    mapping::html_behind_a_codec_keeps_its_tags,
    mapping::a_target_takes_the_text_and_keeps_all_outside_of_the_marks,
    mapping::an_edit_outside_of_the_marks_stays_and_one_inside_is_a_conflict,
    mapping::a_source_that_changed_is_a_conflict_although_the_target_did_not,
    mapping::a_json_document_keeps_every_byte_but_the_strings,
    mapping::the_way_a_json_string_is_escaped_is_no_conflict,
    mapping::an_edit_elsewhere_in_a_json_document_stays,
    mapping::what_is_personal_in_a_document_is_in_no_section,
    mapping::other_tenants_are_neither_read_nor_written,
    mapping::a_joined_table_gives_name_and_search,
    mapping::postings_have_parts_in_other_tables_json_titles_and_html,
    linking::a_candidate_has_the_posting_that_a_table_links_it_to,
    linking::a_candidate_has_the_posting_that_its_column_names,
    linking::a_link_that_cannot_be_followed_is_told,
    mapping::the_platforms_history_gets_its_line_with_the_write,
    fingerprint::a_column_that_is_no_longer_what_it_was_stops_everything,
    fingerprint::a_column_that_changes_while_the_application_runs_stops_its_writes,
    reading::pages_follow_the_key_and_the_condition,
    reading::pages_stay_in_step_while_rows_come_and_go,
    reading::every_key_is_found_again,
    reading::a_search_finds_letters_as_they_stand,
    reading::what_is_read_is_what_stands_there,
    reading::postings_come_with_their_parts,
    reading::a_wrong_mapping_says_what_was_meant,
    reading::a_check_changes_nothing_and_tells_how_it_went,
    writing::a_write_replaces_what_was_read_and_nothing_else,
    writing::every_text_comes_back_byte_for_byte,
    writing::an_edit_that_a_collation_hides_is_a_conflict,
    writing::an_edit_of_a_section_that_is_not_written_is_a_conflict,
    writing::a_change_of_what_is_no_text_is_no_conflict,
    writing::several_sections_are_written_together_or_not_at_all,
    writing::who_withdrew_consent_or_went_is_gone,
    writing::what_would_not_be_stored_as_it_is_is_refused,
    writing::a_text_of_another_mapping_is_refused,
    writing::many_writers_lose_no_edit,
    writing::no_edit_of_a_person_is_written_over,
    receipts::a_write_with_a_receipt_is_never_done_twice,
    receipts::a_write_whose_candidate_went_since_is_known_by_its_receipt,
    receipts::without_receipts_nothing_is_made_in_the_candidate_database,
}

/// What only one engine has.
mod peculiar {
    #[tokio::test]
    async fn a_jsonb_document_keeps_all_but_its_strings() {
        let Some(world) = super::servers::postgres().await else { return };
        super::mapping::a_jsonb_document_keeps_all_but_its_strings(&world).await;
    }
}

//! The candidate database: what is read is what stands there, and what is written replaces exactly what was read.

mod edits;
mod keys;
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
    mapping::an_edit_elsewhere_in_a_json_document_stays,
    mapping::other_tenants_are_neither_read_nor_written,
    mapping::a_joined_table_gives_name_and_search,
    mapping::postings_have_parts_in_other_tables_json_titles_and_html,
    mapping::the_platforms_history_gets_its_line_with_the_write,
    mapping::a_column_that_is_no_longer_what_it_was_stops_everything,
    mapping::a_column_that_changes_while_the_application_runs_stops_its_writes,
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

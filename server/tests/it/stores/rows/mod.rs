//! Rules for every store of members and sessions: Postgres, and the in-memory ports of the domain's tests, so that the
//! domain's results also apply to Postgres. Tests of Postgres alone (races, locks, contents of tables) are beside this
//! folder.

mod advancing;
mod authority;
mod confirmations;
mod ending;
mod members;
mod password_resets;
mod sessions;
mod world;

use self::world::World;
pub(super) use self::world::{MANY, new_session};

/// Generates a test of each rule for each store.
macro_rules! rules {
    ($($module:ident: $($rule:ident)+;)+) => {
        rules! { @ in_postgres; $($module: $($rule)+;)+ }
        rules! { @ in_memory; $($module: $($rule)+;)+ }
    };
    (@ $store:ident; $($module:ident: $($rule:ident)+;)+) => {
        mod $store {
            $($(
                #[tokio::test]
                async fn $rule() {
                    super::$module::$rule(&super::World::$store().await).await;
                }
            )+)+
        }
    };
}

rules! {
    sessions:
        a_started_session_is_read_back
        no_session_starts_if_the_member_is_not_as_when_they_proved_who_they_are
        a_change_of_role_is_seen_by_the_next_read
        ages_grow_and_what_is_left_shrinks_to_zero
        a_row_is_confirmed_while_neither_it_nor_its_member_has_changed
        a_member_sees_their_open_sessions_the_last_seen_first_in_parts
        a_session_beyond_the_bound_ends_the_oldest_and_names_it
        what_is_past_its_time_makes_room_before_what_is_older;
    advancing:
        each_refresh_changes_the_row_as_the_rules_say
        renewing_writes_nothing_and_replaying_only_that_it_was_seen
        what_was_replayed_meanwhile_is_not_answered_late_as_it_was_read
        replays_from_another_address_or_browser_are_counted_for_the_member_to_see
        a_row_that_moved_on_or_ended_does_not_advance
        a_row_whose_member_has_another_role_by_now_does_not_advance
        of_late_replays_of_one_reading_one_is_forgiven;
    ending:
        a_session_that_was_refreshed_meanwhile_is_not_ended_by_what_was_read_before
        the_first_end_reason_stands
        every_end_reason_can_be_kept
        a_member_ends_their_own_sessions_alone
        what_ended_lately_is_found_and_what_ended_before_is_not
        what_is_noted_to_be_closed_is_not_asked_for_again_but_with_all
        what_ended_is_read_in_parts_without_a_gap_though_it_ended_at_one_moment
        all_sessions_of_everybody_end_at_once_and_the_reasons_that_stand_stay;
    authority:
        a_changed_password_ends_every_session_and_a_stale_one_changes_nothing
        a_suspension_ends_every_session_and_a_reinstatement_none
        a_changed_role_raises_the_authority_version_and_names_the_open_sessions
        of_a_deleted_member_only_that_the_sessions_ended_is_left;
    members:
        an_address_is_found_whatever_its_case
        a_changed_profile_is_returned_and_read_back
        an_unknown_member_is_none
        an_own_session_is_read_with_its_member_until_it_ends
        a_hash_is_replaced_only_while_it_is_the_one_and_leaves_the_authority_version;
    confirmations:
        a_kept_sign_up_is_found_until_its_code_expires
        a_code_has_five_tries
        a_new_code_has_new_tries_and_there_are_five_mails
        a_completed_sign_up_makes_the_member_and_is_gone
        proving_an_address_takes_its_other_sign_ups_along_and_leaves_word_of_them_all
        a_sign_up_for_a_members_address_makes_nobody_and_is_gone;
    password_resets:
        only_the_newest_link_is_found_whichever_key_it_was_kept_by
        an_expired_link_is_not_found_and_changes_nothing
        a_used_link_changes_the_password_ends_the_sessions_and_is_gone
        a_change_of_password_takes_the_link_along_and_a_stale_one_does_not
        sign_ups_that_wait_for_the_address_in_whatever_case_go_along
        a_deleted_member_has_no_link_and_gets_none;
}

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
        no_session_starts_if_the_members_authority_has_changed_since_the_proof
        a_change_of_role_is_seen_by_the_next_read
        ages_grow_and_remaining_times_shrink_to_zero
        a_row_is_confirmed_while_row_and_member_are_unchanged
        a_member_lists_their_open_sessions_by_last_use_in_pages
        a_session_beyond_the_bound_ends_the_oldest_and_returns_its_id
        expired_sessions_make_room_before_older_ones;
    advancing:
        each_refresh_changes_the_row_as_the_rules_say
        a_renewal_writes_nothing_and_a_replay_only_the_time
        a_late_replay_conflicts_with_a_replay_since_the_read
        replays_from_another_address_or_browser_are_counted
        a_row_that_has_changed_or_ended_does_not_advance
        a_row_whose_members_role_has_changed_does_not_advance
        of_several_late_replays_of_one_read_one_is_forgiven;
    ending:
        a_session_refreshed_since_the_read_is_not_ended_by_it
        the_first_end_reason_stands
        every_end_reason_can_be_stored
        a_member_can_end_only_their_own_sessions
        only_recently_ended_sessions_are_found
        sessions_noted_as_closed_are_listed_only_among_all_ended_ones
        sessions_that_ended_at_the_same_moment_are_paged_without_gaps
        ending_all_sessions_keeps_earlier_end_reasons;
    authority:
        a_changed_password_ends_every_session_and_a_stale_one_changes_nothing
        a_suspension_ends_every_session_and_a_reinstatement_ends_none
        a_changed_role_raises_the_authority_version_and_returns_the_open_sessions
        a_deleted_member_leaves_only_the_ends_of_their_sessions;
    members:
        an_address_is_found_whatever_its_case
        a_changed_profile_is_returned_and_read_back
        an_unknown_member_is_not_found
        a_session_is_read_with_its_member_until_it_ends
        a_hash_is_replaced_only_if_unchanged_and_keeps_the_authority_version;
    confirmations:
        a_stored_sign_up_is_found_until_its_code_expires
        a_code_has_five_tries
        a_new_code_has_new_tries_within_five_mails
        a_completed_sign_up_creates_the_member_and_is_deleted
        proving_an_address_completes_its_other_sign_ups_and_remembers_them
        a_sign_up_for_a_members_address_creates_nobody_and_is_deleted;
    password_resets:
        only_the_newest_link_is_found_under_either_key
        an_expired_link_is_not_found_and_changes_nothing
        a_used_link_changes_the_password_ends_the_sessions_and_is_deleted
        only_an_effective_change_of_password_deletes_the_link
        a_reset_deletes_pending_sign_ups_for_the_address_in_any_case
        a_deleted_member_has_no_link_and_cannot_get_one;
}

//! Accounts: members and their profiles, and how an account begins and ends.
//!
//! - Values: [`member`], [`email`], [`confirmation`] (a sign-up that waits for proof of its address).
//! - Use cases of a member: [`sign_up`], [`resend_confirmation`], [`confirm_email`], [`profile`], [`delete_account`].
//! - Use cases of the staff: [`change_role`], [`suspend`].

pub mod change_role;
pub mod confirm_email;
pub mod confirmation;
pub mod delete_account;
pub mod email;
pub mod member;
pub mod ports;
pub mod profile;
pub mod resend_confirmation;
pub mod sign_up;
pub mod suspend;

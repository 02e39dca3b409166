//! Attributes by which a page tells its scripts what they need. All durations are whole seconds, as of when the page
//! was rendered.
//!
//! **Architecture Invariant:** no token, and nothing that the member does not see on this page anyway.

/// On `<html>`: who is signed in, one of [`SIGNED_IN`], [`SIGNED_OUT`], and absent if the server could not tell.
pub const VIEWER: &str = "data-viewer";
/// Value of [`VIEWER`]: a member is.
pub const SIGNED_IN: &str = "member";
/// Value of [`VIEWER`]: nobody is.
pub const SIGNED_OUT: &str = "nobody";

/// On `<html>`: the member's id.
pub const MEMBER_ID: &str = "data-member-id";
/// On `<html>`: the session's id.
pub const SESSION_ID: &str = "data-session-id";
/// On `<html>`: until the access token expires.
pub const ACCESS_LEFT: &str = "data-access-left";
/// On `<html>`: the lifetime of a new access token.
pub const ACCESS_LIFETIME: &str = "data-access-lifetime";
/// On `<html>`: until the session's absolute timeout.
pub const SESSION_LEFT: &str = "data-session-left";
/// On `<html>`: until the live session's idle timeout if nothing happens.
pub const IDLE_LEFT: &str = "data-idle-left";
/// On `<html>`: the grace period, in which a rotated refresh token still gets the same successor.
pub const GRACE: &str = "data-grace";

/// On `<html>`, set by the scripts once they run: what only works with them is shown then (CSS).
pub const SCRIPTS: &str = "data-scripts";

/// On a `<form>`: its [`SessionEffect`](crate::SessionEffect) by name; absent for none.
pub const SESSION_EFFECT: &str = "data-session-effect";

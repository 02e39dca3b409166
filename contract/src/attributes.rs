//! Attributes by which a page informs its scripts. All durations are in whole seconds, counted from when the page was
//! rendered.
//!
//! **Architecture Invariant:** no token, and nothing that the member does not see on this page anyway.

/// On `<html>`: whether somebody is signed in, [`SIGNED_IN`] or [`SIGNED_OUT`]. Absent if the server cannot tell.
pub const VIEWER: &str = "data-viewer";
/// Value of [`VIEWER`]: a member is signed in.
pub const SIGNED_IN: &str = "member";
/// Value of [`VIEWER`]: nobody is signed in.
pub const SIGNED_OUT: &str = "nobody";

/// On `<html>`: the member's id.
pub const MEMBER_ID: &str = "data-member-id";
/// On `<html>`: the session's id.
pub const SESSION_ID: &str = "data-session-id";
/// On `<html>`: the time until the access token expires.
pub const ACCESS_LEFT: &str = "data-access-left";
/// On `<html>`: the lifetime of a new access token.
pub const ACCESS_LIFETIME: &str = "data-access-lifetime";
/// On `<html>`: the time until the session's absolute timeout.
pub const SESSION_LEFT: &str = "data-session-left";
/// On `<html>`: the time until the live session's idle timeout if nothing happens.
pub const IDLE_LEFT: &str = "data-idle-left";
/// On `<html>`: the grace period, in which a rotated refresh token still gets the same successor.
pub const GRACE: &str = "data-grace";

/// On `<html>`: the version of the site that rendered the page. Only compared, for whether it is the same.
pub const VERSION: &str = "data-version";

/// On `<html>`, set by the scripts once they run: CSS then shows what works only with scripts.
pub const SCRIPTS: &str = "data-scripts";

/// On a `<form>`: its [`SessionEffect`](crate::SessionEffect) by name; absent for none.
pub const SESSION_EFFECT: &str = "data-session-effect";

/// The id of the region with the notice of what happened before this page: the outcome of a post, or the end of a
/// session.
pub const PAGE_NOTICE: &str = "page-notice";

/// On a live form's submit button: its words while the answer is awaited.
pub const PENDING_WORDS: &str = "data-pending-words";
/// On a live form's notice: its words if no answer comes.
pub const OFFLINE_WORDS: &str = "data-offline-words";
/// On a live form's notice: its words if the answer is not this site's, but for instance a proxy's.
pub const UNAVAILABLE_WORDS: &str = "data-unavailable-words";

/// On a hidden line of the connection's region: the state that it describes, [`OFFLINE`], [`AWAY`] or
/// [`OUTDATED`].
pub const CONNECTION: &str = "data-connection";
/// Value of [`CONNECTION`]: the browser has no network.
pub const OFFLINE: &str = "offline";
/// Value of [`CONNECTION`]: the site cannot be reached.
pub const AWAY: &str = "away";
/// Value of [`CONNECTION`]: the site answers as another version than the page's.
pub const OUTDATED: &str = "outdated";

/// On the sentence that says how long the session lasts: the sentence for days, with [`COUNT`] in it.
pub const DAYS: &str = "data-days";
/// As [`DAYS`], for hours.
pub const HOURS: &str = "data-hours";
/// As [`DAYS`], for minutes.
pub const MINUTES: &str = "data-minutes";
/// As [`DAYS`], for less than two minutes, without a count.
pub const SOON: &str = "data-soon";
/// The placeholder for the number in these sentences.
pub const COUNT: &str = "#";

/// On a `<time>` whose day is to be shown in the browser's time zone and the page's language.
pub const LOCAL_TIME: &str = "data-local";

/// On the button that shows a password: its `aria-label` in the other state.
pub const OTHER_LABEL: &str = "data-other-label";
/// On the button that shows a password: its words in the other state.
pub const OTHER_WORDS: &str = "data-other-words";

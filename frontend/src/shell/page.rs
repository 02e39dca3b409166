//! What the server wrote into the page.

use std::time::Duration;

use contract::attributes::{
    ACCESS_LEFT, ACCESS_LIFETIME, GRACE, IDLE_LEFT, MEMBER_ID, SESSION_ID, SESSION_LEFT, SIGNED_IN,
    SIGNED_OUT, VIEWER,
};
use keeper::{Lifetimes, Viewer};
use web_sys::Element;

use super::dom;

/// The viewer for whom the page was rendered.
pub(super) fn viewer() -> Viewer {
    let Some(root) = dom::root() else { return Viewer::Unknown };
    match root.get_attribute(VIEWER).as_deref() {
        Some(SIGNED_IN) => member(&root).unwrap_or(Viewer::Unknown),
        Some(SIGNED_OUT) => Viewer::Nobody,
        _ => Viewer::Unknown,
    }
}

fn member(root: &Element) -> Option<Viewer> {
    let seconds = |name| Some(Duration::from_secs(root.get_attribute(name)?.parse().ok()?));
    Some(Viewer::Member {
        member: root.get_attribute(MEMBER_ID)?,
        session: root.get_attribute(SESSION_ID)?,
        lifetimes: Lifetimes {
            access_left: seconds(ACCESS_LEFT)?,
            access_lifetime: seconds(ACCESS_LIFETIME)?,
            session_left: seconds(SESSION_LEFT)?,
            idle_left: seconds(IDLE_LEFT)?,
        },
        grace: seconds(GRACE)?,
    })
}

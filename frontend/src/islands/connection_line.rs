//! A discreet line that is shown while the site cannot be reached, or is of another version than the page.

use contract::attributes::{AWAY, CONNECTION, OFFLINE, OUTDATED};
use keeper::Connection;
use leptos::prelude::*;

use super::attached::Attached;
use crate::dom;

/// Hidden lines with `data-connection` as children, which the token keeper shows and hides. Their live region is
/// always present: a screen reader announces changes in a region that it knows, not a region that appears.
#[island]
pub fn ConnectionLine(children: Children) -> impl IntoView {
    Attached::new(children, |_| {})
}

/// Shows the line for this state and hides the others.
pub(crate) fn show(connection: Connection) {
    let state = match connection {
        Connection::Fine => None,
        Connection::Offline => Some(OFFLINE),
        Connection::Away => Some(AWAY),
        Connection::Outdated => Some(OUTDATED),
    };
    dom::each(&["[", CONNECTION, "]"].concat(), |line| {
        let is_shown = line.get_attribute(CONNECTION).as_deref() == state;
        _ = line.toggle_attribute_with_force("hidden", !is_shown);
    });
}

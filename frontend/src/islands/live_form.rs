//! A form that is posted without leaving the page. `<p role="alert" hidden>` for what concerns the form as a whole comes
//! first, then the form; each field has a hidden `<p class="problem" id="NAME-problem">`.

use leptos::prelude::*;

use super::attached::Attached;
use crate::shell;

/// The children's form posts by itself once the scripts are there, and plainly until then.
#[island]
pub fn LiveForm(children: Children) -> impl IntoView {
    Attached::new(children, shell::add_live_form)
}

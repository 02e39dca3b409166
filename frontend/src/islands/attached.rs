//! The view of every island: the server renders its children, and in the browser a function receives the island's
//! element.

use leptos::{
    prelude::{AddAnyAttr, AnyView, Children, Render, RenderHtml},
    tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState},
    },
};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Children as the server rendered them, and a function that takes over their element once the scripts run.
pub(super) struct Attached {
    children: AnyView,
    attach: fn(&Element),
}

impl Attached {
    pub(super) fn new(children: Children, attach: fn(&Element)) -> Self {
        Self { children: children(), attach }
    }
}

impl Render for Attached {
    type State = ();

    fn build(self) {}

    fn rebuild(self, (): &mut ()) {}
}

impl AddAnyAttr for Attached {
    type Output<New: Attribute> = Self;

    /// An island has no element of its own to carry attributes.
    fn add_any_attr<New: Attribute>(self, _: New) -> Self {
        self
    }
}

impl RenderHtml for Attached {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.children.dry_resolve();
    }

    async fn resolve(self) -> Self {
        Self { children: self.children.resolve().await, attach: self.attach }
    }

    fn html_len(&self) -> usize {
        self.children.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.children.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.children.to_html_async_with_buf::<OUT_OF_ORDER>(
            buf,
            position,
            escape,
            mark_branches,
            extra_attrs,
        );
    }

    /// Leaves the cursor at the island's own element.
    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, _: &PositionState) {
        if let Some(element) = cursor.current().dyn_ref() {
            (self.attach)(element);
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}

use strum::{EnumString, IntoStaticStr, VariantArray};

/// The effect of a form on this browser's session, and so on its cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum SessionEffect {
    /// Nothing.
    None,
    /// It ends, or another page of this browser loses it: no refresh of the old one may begin meanwhile.
    Ends,
    /// Another one begins. In addition, no refresh may be under way in any tab, because its answer could overwrite the
    /// new cookies.
    Begins,
}

names!(SessionEffect);

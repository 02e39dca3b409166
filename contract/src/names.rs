//! The two directions between an enum and its names.

/// Gives an enum that derives strum's `EnumString`, `IntoStaticStr` and `VariantArray` its names.
#[macro_export]
macro_rules! names {
    ($name:ty) => {
        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// The name in answers, pages and stores.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                self.into()
            }

            /// Reads the name back; `None` for any other text.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                name.parse().ok()
            }
        }
    };
}

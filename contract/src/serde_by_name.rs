//! Serializes each enum by its name.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{EndReason, FieldProblem, Language, Notice, Reason, Role};

macro_rules! by_name {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| D::Error::custom("unknown name"))
            }
        }
    )+};
}

by_name!(EndReason, FieldProblem, Language, Notice, Reason, Role);

//! Maximum lengths of form fields, in characters.

/// A display name.
pub const DISPLAY_NAME_MAX: usize = 50;
/// The text of a member about themself.
pub const BIO_MAX: usize = 500;
/// A password: far beyond the 64 that NIST SP 800-63B asks to allow.
pub const PASSWORD_MAX: usize = 256;

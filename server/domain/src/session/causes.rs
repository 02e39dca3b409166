//! Errors as logs have them.

use std::{error::Error, fmt};

/// An error and its causes, the outermost first, in one line. A field that is an error would lose them in logs of JSON,
/// where it is its own message alone.
pub fn causes<'a>(error: &'a (dyn Error + 'a)) -> impl fmt::Display + 'a {
    fmt::from_fn(move |line| {
        write!(line, "{error}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            write!(line, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::StoreError;

    #[test]
    fn an_error_is_followed_by_its_causes() {
        let cut = std::io::Error::other("the connection was cut");
        let error = StoreError::new("find a member", cut);
        assert_eq!(causes(&error).to_string(), "find a member failed: the connection was cut");
    }
}

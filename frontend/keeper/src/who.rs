//! The member that a page was rendered for.

use std::time::Duration;

use contract::attributes::{
    ACCESS_LEFT, ACCESS_LIFETIME, GRACE, IDLE_LEFT, MEMBER_ID, SESSION_ID, SESSION_LEFT, SIGNED_IN,
    SIGNED_OUT, VIEWER,
};

use crate::schedule::Lifetimes;

/// The session that a page was rendered for, or that a tab has announced. It never changes while the page lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The server did not know, for example during a key rotation. Such a page announces nothing and follows nothing:
    /// otherwise two instances that disagree could make tabs reload each other endlessly.
    Unknown,
    /// Nobody is signed in.
    Nobody,
    /// A member is signed in.
    Member {
        /// The member's id.
        member: String,
        /// The session's id.
        session: String,
    },
}

/// The server's report on rendering the page.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// As [`Who::Unknown`].
    Unknown,
    /// As [`Who::Nobody`].
    Nobody,
    /// As [`Who::Member`].
    Member {
        /// The member's id.
        member: String,
        /// The session's id.
        session: String,
        /// The time left.
        lifetimes: Lifetimes,
        /// The period in which a rotated refresh token still gets the same successor.
        grace: Duration,
    },
}

impl Viewer {
    /// Reads the attributes that the server has written on `<html>`. [`Viewer::Unknown`] if one is missing or unreadable.
    #[must_use]
    pub fn from_attributes(value: impl Fn(&str) -> Option<String>) -> Self {
        match value(VIEWER).as_deref() {
            Some(SIGNED_IN) => Self::member(value).unwrap_or(Self::Unknown),
            Some(SIGNED_OUT) => Self::Nobody,
            _ => Self::Unknown,
        }
    }

    fn member(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let seconds = |name| Some(Duration::from_secs(value(name)?.parse().ok()?));
        Some(Self::Member {
            member: value(MEMBER_ID)?,
            session: value(SESSION_ID)?,
            lifetimes: Lifetimes {
                access_left: seconds(ACCESS_LEFT)?,
                access_lifetime: seconds(ACCESS_LIFETIME)?,
                session_left: seconds(SESSION_LEFT)?,
                idle_left: seconds(IDLE_LEFT)?,
            },
            grace: seconds(GRACE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn viewer(attributes: &[(&str, &str)]) -> Viewer {
        Viewer::from_attributes(|name| {
            let (_, value) = attributes.iter().find(|(it, _)| *it == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn the_viewer_and_lifetimes_are_read_from_the_pages_attributes() {
        let attributes = [
            (VIEWER, SIGNED_IN),
            (MEMBER_ID, "hana"),
            (SESSION_ID, "first"),
            (ACCESS_LEFT, "200"),
            (ACCESS_LIFETIME, "300"),
            (SESSION_LEFT, "3600"),
            (IDLE_LEFT, "1800"),
            (GRACE, "10"),
        ];
        let Viewer::Member { member, session, lifetimes, grace } = viewer(&attributes) else {
            panic!("a member's page");
        };
        assert_eq!((member.as_str(), session.as_str()), ("hana", "first"));
        let Lifetimes { access_left, access_lifetime, session_left, idle_left } = lifetimes;
        let times = [access_left, access_lifetime, session_left, idle_left, grace];
        assert_eq!(times.map(|it| it.as_secs()), [200, 300, 3600, 1800, 10]);

        for missing in 0..attributes.len() {
            let mut attributes = attributes.to_vec();
            attributes.remove(missing);
            assert!(matches!(viewer(&attributes), Viewer::Unknown), "{missing}");
        }
    }

    #[test]
    fn a_signed_out_page_says_so_and_an_unknown_viewer_is_unmarked() {
        assert!(matches!(viewer(&[(VIEWER, SIGNED_OUT)]), Viewer::Nobody));
        assert!(matches!(viewer(&[]), Viewer::Unknown));
    }
}

//! A posted form without the values that must not be kept.

use domain::account::member::MemberId;

use crate::{
    api::problem::Problem,
    http::{
        forms::Form,
        next::{log_in_then, path_on_this_site},
    },
    page_context::RefusedForm,
};

/// A posted form that returns to its page.
pub(crate) struct PostedForm {
    form: &'static Form,
    values: Vec<(String, String)>,
    /// The query of the form's page, which is not stored either
    query: Option<String>,
    member_id: Option<String>,
}

impl PostedForm {
    /// Keeps only the fields that may come back; `owner` is the member who posted them.
    pub(crate) fn new(
        form: &'static Form,
        fields: &[(String, String)],
        owner: Option<MemberId>,
    ) -> Self {
        let mut values: Vec<(String, String)> = Vec::new();
        for (name, value) in fields {
            if form.keeps.contains(&name.as_str()) && values.iter().all(|(it, _)| it != name) {
                values.push((name.clone(), value.clone()));
            }
        }
        let owner = owner.filter(|_| form.is_for_members());
        Self {
            form,
            values,
            query: query_of(form, fields),
            member_id: owner.map(|owner| owner.to_string()),
        }
    }

    pub(crate) fn form(&self) -> &'static Form {
        self.form
    }

    /// Assigns the form to this member.
    pub(crate) fn of_member(self, member_id: &str) -> Self {
        Self { member_id: Some(member_id.to_owned()), ..self }
    }

    /// The form and its problem, for the page.
    pub(crate) fn refused_for(self, problem: Problem) -> RefusedForm {
        let Self { form, values, member_id, .. } = self;
        RefusedForm { member_id, function: form.function.to_owned(), values, problem }
    }

    /// The URL of the form's page as the browser had it: the log-in page with `next`.
    pub(crate) fn way_back(&self) -> String {
        let next = self.values.iter().find(|(field, _)| field == "next");
        match next.and_then(|(_, next)| path_on_this_site(Some(next))) {
            Some(next) => log_in_then(&next),
            None => self.page(),
        }
    }

    /// The URL of the form's page, with the token that opened it.
    pub(crate) fn page(&self) -> String {
        let page = self.form.page;
        self.query.as_ref().map_or_else(|| page.to_owned(), |query| format!("{page}?{query}"))
    }
}

fn query_of(form: &Form, fields: &[(String, String)]) -> Option<String> {
    let link = form.link.as_ref()?;
    let (_, value) = fields.iter().find(|(name, _)| name == link.field)?;
    let token = (link.token)(value).filter(|token| is_token(token))?;
    Some(format!("{}={token}", link.parameter))
}

/// Returns whether the text has only the characters of our tokens, which are safe in a URL.
fn is_token(text: &str) -> bool {
    text.len() <= 256
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{confirm_email::CONFIRM_EMAIL, login::LOGIN, reset_password::RESET_PASSWORD};

    #[test]
    fn only_a_mails_token_is_part_of_the_url_to_return_to() {
        let query = |form, field: &str, value: &str| {
            query_of(form, &[(field.to_owned(), value.to_owned())])
        };
        let confirm = |code| query(&CONFIRM_EMAIL, "code", code);
        assert_eq!(confirm("abc-_.def").as_deref(), Some("link=abc-_.def"));
        for code in ["123456", "123456.", "", "a.b&c=d", "a.b\r\nc", "//example.com/a"] {
            assert_eq!(confirm(code), None, "{code}");
        }
        assert_eq!(query(&RESET_PASSWORD, "token", "abc").as_deref(), Some("token=abc"));
        assert_eq!(query(&RESET_PASSWORD, "token", "a&b=c"), None);
        assert_eq!(query(&LOGIN, "code", "abc.def"), None);
    }

    #[test]
    fn secrets_and_repeated_fields_are_not_kept() {
        let fields = [("email", "a"), ("password", "b"), ("email", "c"), ("bio", "d")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = PostedForm::new(&LOGIN, &fields, None);
        assert_eq!(kept.values, [("email".to_owned(), "a".to_owned())]);
    }
}

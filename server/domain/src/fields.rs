//! Problems with a form's fields. Every parser of this crate returns one [`FieldProblem`]; a use case's form collects
//! them all, so that a member can correct everything at once.

pub use contract::FieldProblem;

/// All problems of one form, by field name, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, FieldProblem)>);

impl FieldErrors {
    /// One problem with one field.
    #[must_use]
    pub fn one(field: &'static str, problem: FieldProblem) -> Self {
        Self(vec![(field, problem)])
    }

    /// Returns the value of a parsed field, or notes its problem.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, FieldProblem>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.0.push((field, problem));
                None
            }
        }
    }

    /// The problems, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, FieldProblem)> {
        self.0.iter().copied()
    }
}

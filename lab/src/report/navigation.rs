//! The ways through the report: to the other language, and to the sections.

use super::{
    page::Form,
    words::{Language, Words, words},
};

const OTHER_LANGUAGE: Words = words("日本語", "English");
const AS_A_PAGE: Words = words("as a page with its plots", "図を含むページ");
const CONTENTS: Words = words("Contents", "目次");

/// Links to the same page in the other language, and from the text to the page with everything in it.
pub fn other_forms(language: Language, form: Form) -> String {
    let other = match language {
        Language::English => Language::Japanese,
        Language::Japanese => Language::English,
    };
    let (suffix, extension) = (other.suffix(), form.extension());
    let (name, file) = (OTHER_LANGUAGE.get(language), format!("approaches{suffix}.{extension}"));
    match form {
        Form::Markdown => {
            let (page, suffix) = (AS_A_PAGE.get(language), language.suffix());
            format!("[{name}]({file}) · [{page}](approaches{suffix}.html)")
        }
        Form::Html => {
            let code = other.code();
            format!("<a href=\"{file}\" lang=\"{code}\" hreflang=\"{code}\">{name}</a>")
        }
    }
}

/// Links to the sections.
pub fn contents(sections: &[(&str, Words)], language: Language, form: Form) -> String {
    let links = sections.iter().map(|(id, title)| format!("[{}](#{id})", title.get(language)));
    match form {
        Form::Markdown => links.collect::<Vec<_>>().join(" · "),
        Form::Html => {
            let label = CONTENTS.get(language);
            format!("<nav aria-label=\"{label}\">\n\n{}\n</nav>", list(links))
        }
    }
}

/// A heading with an anchor that is the same in each language.
pub fn heading(id: &str, title: Words, language: Language, form: Form) -> String {
    let title = title.get(language);
    match form {
        Form::Markdown => format!("<a id=\"{id}\"></a>\n\n## {title}"),
        Form::Html => format!("## {title} {{#{id}}}"),
    }
}

pub fn list(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("- {item}\n")).collect()
}

//! The report as a page of its own: Markdown as HTML, with the plots inside.

use std::collections::HashMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::{
    page::TITLE,
    words::{Language, Words, words},
};

const STYLE: &str = include_str!("page.css");
/// What a table is called that can be scrolled by the keyboard.
const TABLE: Words = words("Table", "表");

/// The page of this Markdown. `plots` are SVG by the path that the Markdown gives them.
pub fn html(markdown: &str, plots: &HashMap<String, String>, language: Language) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    let mut body = String::new();
    html::push_html(&mut body, with_figures(parser, plots, language).into_iter());
    let (lang, title) = (language.code(), TITLE.get(language));
    format!(
        "<!doctype html>
<html lang=\"{lang}\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>{title}</title>
<style>
{STYLE}</style>
<main>
{body}</main>
</html>
"
    )
}

/// Puts plots where their images are, with the alternative text as their caption, and lets wide tables scroll by
/// themselves.
fn with_figures<'a>(
    parser: Parser<'a>,
    plots: &HashMap<String, String>,
    language: Language,
) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    let mut parser = parser.peekable();
    let mut is_in_figure = false;
    while let Some(event) = parser.next() {
        match event {
            Event::Start(Tag::Paragraph)
                if matches!(parser.peek(), Some(Event::Start(Tag::Image { .. }))) =>
            {
                is_in_figure = true;
            }
            Event::End(TagEnd::Paragraph) if is_in_figure => is_in_figure = false,
            Event::Start(Tag::Image { dest_url, .. }) => {
                let plot = plots.get(&*dest_url).map_or("", String::as_str);
                let figure = format!(
                    "<figure>\n<div role=\"img\" aria-labelledby=\"{dest_url}\">\n{plot}</div>\n\
                     <figcaption id=\"{dest_url}\">"
                );
                events.push(Event::Html(figure.into()));
            }
            Event::End(TagEnd::Image) => {
                events.push(Event::Html("</figcaption>\n</figure>\n".into()));
            }
            Event::Start(Tag::Table(alignments)) => {
                let label = TABLE.get(language);
                let region = format!(
                    "<div class=\"table\" role=\"group\" aria-label=\"{label}\" tabindex=\"0\">\n"
                );
                events.extend([Event::Html(region.into()), Event::Start(Tag::Table(alignments))]);
            }
            Event::End(TagEnd::Table) => {
                events.extend([Event::End(TagEnd::Table), Event::Html("</div>\n".into())]);
            }
            event => events.push(event),
        }
    }
    events
}

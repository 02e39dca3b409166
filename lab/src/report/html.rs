//! The report as a page of its own: Markdown as HTML, with the plots inside.

use std::collections::HashMap;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::{page::TITLE, words::Language};

const STYLE: &str = include_str!("page.css");

/// The page of this Markdown. `plots` are SVG by the path that the Markdown gives them.
pub fn html(markdown: &str, plots: &HashMap<String, String>, language: Language) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut body = String::new();
    let events = Captions::default().add(with_figures(Parser::new_ext(markdown, options), plots));
    html::push_html(&mut body, events.into_iter());
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

/// Puts plots where their images are, with the alternative text as their caption.
fn with_figures<'a>(parser: Parser<'a>, plots: &HashMap<String, String>) -> Vec<Event<'a>> {
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
            event => events.push(event),
        }
    }
    events
}

/// Calls each table by the heading above it, tells what its cells belong to, and lets it scroll by itself.
#[derive(Default)]
struct Captions {
    /// The text and the id of the last heading
    heading: (String, String),
    is_in_heading: bool,
    cell: Cell,
}

/// The cell of a table that begins next.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Cell {
    OfHead,
    First,
    #[default]
    Other,
}

impl Captions {
    fn add<'a>(mut self, events: Vec<Event<'a>>) -> Vec<Event<'a>> {
        events.into_iter().flat_map(|event| self.replace(event)).collect()
    }

    fn replace<'a>(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match &event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, id: Some(id), .. }) => {
                self.heading = (String::new(), id.to_string());
                self.is_in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => self.is_in_heading = false,
            Event::Text(text) if self.is_in_heading => self.heading.0 += text,
            Event::Start(Tag::Table(_)) => {
                let (title, id) = &self.heading;
                let caption = format!("<caption id=\"{id}-table\">{title}</caption>");
                return vec![
                    of_html(format!(
                        "<div class=\"table\" role=\"region\" aria-labelledby=\"{id}-table\" tabindex=\"0\">\n"
                    )),
                    event,
                    of_html(caption),
                ];
            }
            Event::End(TagEnd::Table) => return vec![event, of_html("</div>\n")],
            Event::Start(Tag::TableHead) => self.cell = Cell::OfHead,
            Event::Start(Tag::TableRow) => self.cell = Cell::First,
            Event::Start(Tag::TableCell) if self.cell == Cell::OfHead => {
                return vec![of_html("<th scope=\"col\">")];
            }
            Event::Start(Tag::TableCell) if self.cell == Cell::First => {
                return vec![of_html("<th scope=\"row\">")];
            }
            Event::End(TagEnd::TableCell) if self.cell == Cell::First => {
                self.cell = Cell::Other;
                return vec![of_html("</th>")];
            }
            _ => {}
        }
        vec![event]
    }
}

fn of_html<'a>(html: impl Into<String>) -> Event<'a> {
    Event::InlineHtml(html.into().into())
}

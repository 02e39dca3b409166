//! The plots: bars for each variant, or a dot for each share of sessions that was lost.

use std::sync::Arc;

use kuva::{
    plot::{
        BarPlot, DotPlot,
        colormap::ColorMap,
        legend::{LegendEntry, LegendPosition, LegendShape},
    },
    render::{
        layout::{Layout, TickFormat},
        plots::Plot,
    },
};
use measuring::theme;

use super::{
    figures::{Figure, PRODUCT},
    rows::Row,
    value::{Value, number},
    words::{Language, Words, words},
};
use crate::results::{Loss, Variant};

/// Narrow, so that it can be read on a phone.
const WIDTH: f64 = 460.0;
/// The axis and its unit
const FRAME: f64 = 60.0;
/// A line of it
const LEGEND: f64 = 20.0;
/// The part of the width that is left beside the longest name
const AXIS: f64 = 200.0;
const MOST_TICKS: usize = 4;
/// A digit of an axis, and what keeps two figures apart
pub(super) const DIGIT: f64 = 8.0;
const GAP: f64 = 26.0;
const BAR: f64 = 22.0;
const THIN_BAR: f64 = 12.0;
/// The names of columns, which are aslant
const ASLANT: f64 = 130.0;
const TEXT: u32 = 13;
/// The colours of the product's own variants and of the others, where each has one bar
const OWN: usize = 1;
const OTHERS: usize = 0;

/// The colours of dots are those of series, as parts of this
const COLOURS: f64 = 4.0;
/// The size of a dot for counters that are gone without their sessions
const COUNTERS: f64 = 0.15;

const SUM: Words = words("{names}, {unit}", "{names}（{unit}）");
const PLUS: Words = words(" + ", "＋");

/// How the figures of a question are drawn.
#[derive(Clone, Copy)]
pub enum Drawn {
    /// One bar for each variant, with the least and the greatest figure
    Bars(Figure),
    /// The figures one after the other in one bar, whose length is their sum
    Stacked(&'static [Series]),
    /// A bar for each figure
    Beside(&'static [Series]),
    /// A dot for each figure, which is a share
    Dots(&'static [Series]),
}

/// A figure, and its name in the plot.
pub type Series = (Words, Figure);

impl Drawn {
    /// The length by which variants are in order. `None`: it is not drawn.
    pub fn length(self, variant: &Variant) -> Option<f64> {
        let of = |figure: Figure| (figure.of)(variant).map(|value| value.figure());
        match self {
            Self::Bars(figure) => of(figure),
            Self::Stacked(series) => series.iter().map(|(_, figure)| of(*figure)).sum(),
            Self::Beside(series) => of(series[0].1),
            Self::Dots(_) => Some(0.0),
        }
    }

    /// Returns whether there is anything to draw.
    pub fn draws(self, rows: &[Row<'_>]) -> bool {
        rows.iter().any(|row| self.length(row.variant).is_some())
    }

    /// What the lengths are called.
    pub fn length_name(self, unit: Words, language: Language) -> String {
        match self {
            Self::Stacked(series) => {
                let names: Vec<_> = series.iter().map(|(name, _)| name.get(language)).collect();
                let names = names.join(PLUS.get(language));
                SUM.fill(language, &[("names", names), ("unit", unit.get(language).to_owned())])
            }
            Self::Bars(figure) => figure.name.get(language).to_owned(),
            Self::Beside(series) | Self::Dots(series) => series[0].1.name.get(language).to_owned(),
        }
    }

    /// The length of this variant as text.
    pub fn length_text(self, row: &Row<'_>, language: Language) -> Option<String> {
        match self {
            Self::Stacked(_) => self.length(row.variant).map(number),
            Self::Bars(figure) => Some((figure.of)(row.variant)?.short(language)),
            Self::Beside(series) | Self::Dots(series) => {
                Some((series[0].1.of)(row.variant)?.short(language))
            }
        }
    }

    /// Draws it for these variants, the first one at the top.
    pub fn svg(self, rows: &[Row<'_>], unit: Words, language: Language) -> String {
        let rows: Vec<_> = rows.iter().filter(|row| self.length(row.variant).is_some()).collect();
        let count = rows.len() as f64;
        let (plot, height) = match self {
            Self::Bars(figure) => (Plot::Bar(bars(&rows, figure, language)), BAR * count),
            Self::Stacked(series) => {
                let plot = grouped(&rows, series, language).with_stacked();
                (Plot::Bar(plot), BAR * count + LEGEND * lines(series))
            }
            Self::Beside(series) => {
                let each = THIN_BAR * (series.len() + 1) as f64;
                (Plot::Bar(grouped(&rows, series, language)), each * count + LEGEND * lines(series))
            }
            Self::Dots(series) => {
                (Plot::DotPlot(dots(&rows, series, language)), BAR * count + ASLANT)
            }
        };
        let plots = vec![plot];
        let layout = Layout::auto_from_plots(&plots)
            .with_width(WIDTH)
            .with_height(height + FRAME)
            .with_ticks(self.ticks(&rows))
            .with_tick_size(TEXT)
            .with_body_size(TEXT)
            .with_label_size(TEXT)
            .with_x_label(unit.get(language))
            .with_legend_position(LegendPosition::OutsideBottomColumns)
            .with_legend_box(false)
            .with_x_tick_format(TickFormat::Custom(Arc::new(tick)));
        let mut layout = match self {
            Self::Dots(_) => return theme::svg(plots, layout.with_x_tick_rotate(-45.0)),
            _ => layout,
        };
        if let Self::Stacked(series) | Self::Beside(series) = self {
            layout = layout.with_legend_entries(legend(series, language));
        }
        // Half of the axis' last figure, which stands below its end.
        layout.force_margin_right = Some(self.digits(&rows) * DIGIT / 2.0 + 2.0);
        theme::svg(plots, layout)
    }

    /// The digits of the longest figure of its axis.
    fn digits(self, rows: &[&Row<'_>]) -> f64 {
        let lengths = rows.iter().filter_map(|row| self.length(row.variant));
        // The axis may end at a rounder figure, which is longer.
        number(lengths.fold(0.0, f64::max).round() * 1.1).chars().count() as f64
    }

    /// The number of ticks whose figures do not touch each other.
    fn ticks(self, rows: &[&Row<'_>]) -> usize {
        let fitting = AXIS / (self.digits(rows) * DIGIT + GAP);
        (fitting.round() as usize).clamp(2, MOST_TICKS)
    }
}

/// The lines of a legend: two names fit into one.
fn lines(series: &[Series]) -> f64 {
    series.len().div_ceil(2) as f64
}

fn bars(rows: &[&Row<'_>], figure: Figure, language: Language) -> BarPlot {
    let mut plot = BarPlot::new().with_horizontal(true).with_error_color("var(--ink)");
    let mut errors = Vec::new();
    for row in from_the_bottom(rows) {
        let Some(value) = (figure.of)(row.variant) else { continue };
        let colour = if row.variant.approach == PRODUCT { OWN } else { OTHERS };
        let name = row.choice.name.get(language);
        plot = plot.with_colored_bar(name, value.figure(), theme::colour(colour));
        let (min, max) = value.ends();
        errors.push((value.figure() - min, max - value.figure()));
    }
    // Figures without a spread would get marks of no length.
    let is_spread = errors.iter().any(|error| *error != (0.0, 0.0));
    if is_spread { plot.with_asymmetric_error(errors) } else { plot }
}

/// A figure of an axis, without zeros that say nothing.
fn tick(figure: f64) -> String {
    let text = number(figure);
    if text.contains('.') { text.trim_end_matches('0').to_owned() } else { text }
}

fn grouped(rows: &[&Row<'_>], series: &[Series], language: Language) -> BarPlot {
    let mut plot = BarPlot::new().with_horizontal(true);
    for row in from_the_bottom(rows) {
        let bars = series.iter().enumerate().map(|(number, (_, figure))| {
            let value = (figure.of)(row.variant);
            (value.map_or(0.0, |value| value.figure()), theme::colour(number))
        });
        plot = plot.with_group(row.choice.name.get(language), bars.collect::<Vec<_>>());
    }
    plot
}

fn legend(series: &[Series], language: Language) -> Vec<LegendEntry> {
    let entry = |(number, (name, _)): (usize, &Series)| LegendEntry {
        label: name.get(language).to_owned(),
        color: theme::colour(number),
        shape: LegendShape::Rect,
        dasharray: None,
    };
    series.iter().enumerate().map(entry).collect()
}

fn dots(rows: &[&Row<'_>], series: &[Series], language: Language) -> DotPlot {
    let dots = rows.iter().flat_map(|row| {
        series.iter().filter_map(|(event, figure)| {
            let Value::Loss(loss) = (figure.of)(row.variant)? else { return None };
            let (event, name) = (event.get(language), row.choice.name.get(language));
            let (colour, size) = match loss {
                Loss { sessions, .. } if sessions > 0.0 => (1.0, sessions),
                Loss { counters: Some(counters), .. } if counters > 0.0 => (3.0, COUNTERS),
                _ => (2.0, 0.0),
            };
            Some((event, name, size, colour / COLOURS))
        })
    });
    let colour = |value: f64| theme::colour((value * COLOURS).round() as usize);
    let mut plot = DotPlot::new()
        .with_data(dots.collect::<Vec<_>>())
        .with_color_map(ColorMap::Custom(Arc::new(colour)))
        .with_color_range(0.0, 1.0)
        .with_size_range(0.0, 1.0)
        .with_min_radius(2.0)
        .with_max_radius(BAR / 2.0 - 1.0);
    // Not in the order in which the rows happen to have them.
    plot.x_categories = series.iter().map(|(event, _)| event.get(language).to_owned()).collect();
    plot
}

/// The vertical axis begins at the bottom.
fn from_the_bottom<'a>(rows: &[&'a Row<'a>]) -> impl Iterator<Item = &'a Row<'a>> {
    rows.iter().rev().copied()
}

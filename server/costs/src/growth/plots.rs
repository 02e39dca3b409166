//! The results as plots.

use std::sync::Arc;

use kuva::{
    plot::{LinePlot, LineStyle, ScatterPlot},
    render::{
        layout::{Layout, TickFormat},
        plots::Plot,
    },
};
use measuring::theme;

use super::results::Results;
use crate::{
    cost::{AT_ONCE, Cost},
    population::Space,
    requests::Kind,
    tables::grouped,
};

const HEIGHT: f64 = 360.0;
/// Requests without a password's hash, which takes a hundred times as long.
const SHORT: [Kind; 4] = [Kind::Check, Kind::Profile, Kind::SessionList, Kind::Refresh];

/// One line of a plot.
struct Series {
    name: String,
    /// The number of its colour in [`theme`]
    colour: usize,
    style: LineStyle,
    points: Vec<(f64, f64)>,
}

impl Series {
    fn new(name: &str, colour: usize, points: impl Iterator<Item = (f64, f64)>) -> Self {
        let style = LineStyle::Solid;
        Self { name: name.to_owned(), colour, style, points: points.collect() }
    }
}

/// Each plot, with the name of its file.
pub fn svgs(results: &Results) -> [(&'static str, String); 5] {
    let medians = costs(results, |cost| cost.median_ms);
    let slow = costs(results, |cost| cost.p99_ms).into_iter().map(|series| Series {
        name: format!("{}, p99", series.name),
        style: LineStyle::Dashed,
        ..series
    });
    let latencies = medians.into_iter().chain(slow).collect();
    [
        ("server.svg", by_members("server, µs", costs(results, |cost| cost.server_us))),
        ("postgres.svg", by_members("Postgres, µs", costs(results, |cost| cost.postgres_us))),
        ("latency.svg", by_members("p50 and p99, ms", latencies)),
        ("space.svg", by_members("bytes", space(results))),
        ("instances.svg", by_instances(results)),
    ]
}

/// A figure of each short kind of request under load, by members.
fn costs(results: &Results, figure: fn(&Cost) -> f64) -> Vec<Series> {
    let of = |(colour, kind): (usize, Kind)| {
        let points = results
            .steps
            .iter()
            .filter_map(|step| Some((f64::from(step.members), figure(step.cost(kind, AT_ONCE)?))));
        Series::new(kind.name(), colour, points)
    };
    SHORT.into_iter().enumerate().map(of).collect()
}

fn space(results: &Results) -> Vec<Series> {
    let of = |name, colour, bytes: fn(&Space) -> f64| {
        let points = results.steps.iter().map(|step| (f64::from(step.members), bytes(&step.space)));
        Series::new(name, colour, points)
    };
    vec![
        of("a member's row", 0, |space| space.member.table_bytes + space.member.index_bytes),
        of("a session's row", 1, |space| space.session.table_bytes + space.session.index_bytes),
        of("a live session in Redis", 2, |space| space.live_session_bytes),
    ]
}

fn by_instances(results: &Results) -> String {
    let profiles = || results.instances.iter().filter(|shared| shared.cost.kind == Kind::Profile);
    let of = |name, colour, figure: fn(&Cost) -> f64| {
        let points = profiles().map(|shared| (shared.instances as f64, figure(&shared.cost)));
        Series::new(name, colour, points)
    };
    let plots = plots(vec![
        of("instances", 0, |cost| cost.server_us),
        of("Postgres", 1, |cost| cost.postgres_us),
        of("Redis", 2, |cost| cost.redis_us),
    ]);
    let layout = Layout::auto_from_plots(&plots).with_x_tick_step(1.0);
    svg(plots, layout.with_x_label("instances").with_y_label("µs of a profile page"))
}

fn by_members(label: &str, series: Vec<Series>) -> String {
    let plots = plots(series);
    let layout = Layout::auto_from_plots(&plots).with_log_x();
    svg(plots, layout.with_x_label("members").with_y_label(label))
}

/// Lines with a marker at each point that was measured.
fn plots(series: Vec<Series>) -> Vec<Plot> {
    let mut plots = Vec::new();
    for series in series {
        let color = theme::colour(series.colour);
        let markers = ScatterPlot::new().with_data(series.points.clone());
        plots.push(Plot::Scatter(markers.with_color(&color)));
        let line = LinePlot::new().with_data(series.points).with_color(color);
        plots.push(Plot::Line(line.with_line_style(series.style).with_legend(series.name)));
    }
    plots
}

fn svg(plots: Vec<Plot>, layout: Layout) -> String {
    let layout = layout.with_y_axis_min(0.0).with_height(HEIGHT);
    theme::svg(plots, layout.with_x_tick_format(TickFormat::Custom(Arc::new(grouped))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::results::tests::some_results;

    #[test]
    fn every_line_of_a_plot_is_named() {
        let all = svgs(&some_results());
        let names = |file| all.iter().find(|(name, _)| *name == file).map(|(_, svg)| svg.as_str());
        let latency = names("latency.svg").unwrap_or_default();
        for kind in SHORT {
            assert!(latency.contains(&format!(">{}<", kind.name())), "{}", kind.name());
            assert!(latency.contains(&format!(">{}, p99<", kind.name())), "{}", kind.name());
        }
    }
}

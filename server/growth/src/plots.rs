//! The results as SVG, in the colours of a light or a dark page.

use std::sync::Arc;

use kuva::{
    backend::svg::SvgBackend,
    plot::{LinePlot, LineStyle, ScatterPlot},
    render::{
        layout::{Layout, TickFormat},
        plots::Plot,
        render::render_multiple,
        theme::Theme,
    },
};

use crate::{
    AT_ONCE,
    requests::Kind,
    results::{Cost, Results, Space},
    tables::grouped,
};

/// Colours are CSS variables, so that the plot follows the reader's preference.
const STYLE: &str = "<style>
  svg { --ground: #ffffff; --ink: #1f2328; --faint: #d1d9e0;
        --line-0: #0969da; --line-1: #bc4c00; --line-2: #1a7f37; --line-3: #8250df; --line-4: #bf3989 }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --faint: #3d444d;
          --line-0: #58a6ff; --line-1: #f0883e; --line-2: #3fb950; --line-3: #bc8cff; --line-4: #f778ba }
  }
</style>";

const HEIGHT: f64 = 360.0;
/// Requests without a password's hash, which takes a hundred times as long.
const SHORT: [Kind; 4] = [Kind::Check, Kind::Profile, Kind::SessionList, Kind::Refresh];

/// One line of a plot.
struct Series {
    name: String,
    /// The number of its colour in [`STYLE`]
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
    let of = |kind: &Kind| {
        let points = results
            .steps
            .iter()
            .filter_map(|step| Some((f64::from(step.members), figure(step.cost(*kind, AT_ONCE)?))));
        Series::new(kind.name(), *kind as usize, points)
    };
    SHORT.iter().map(of).collect()
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
        let color = format!("var(--line-{})", series.colour);
        let markers = ScatterPlot::new().with_data(series.points.clone());
        plots.push(Plot::Scatter(markers.with_color(&color)));
        let line = LinePlot::new().with_data(series.points).with_color(color);
        plots.push(Plot::Line(line.with_line_style(series.style).with_legend(series.name)));
    }
    plots
}

fn svg(plots: Vec<Plot>, layout: Layout) -> String {
    let [ground, ink, faint] = ["var(--ground)", "var(--ink)", "var(--faint)"].map(str::to_owned);
    let theme = Theme {
        background: ground.clone(),
        axis_color: ink.clone(),
        grid_color: faint.clone(),
        tick_color: ink.clone(),
        text_color: ink,
        legend_bg: ground,
        legend_border: faint,
        font_family: Some("system-ui, sans-serif".to_owned()),
        ..Theme::light()
    };
    let layout = layout.with_theme(theme).with_y_axis_min(0.0);
    let layout =
        layout.with_height(HEIGHT).with_x_tick_format(TickFormat::Custom(Arc::new(grouped)));
    let scene = render_multiple(plots, layout);
    // Without a viewBox, a page that shows it smaller would cut it off.
    let view = format!("<svg viewBox=\"0 0 {} {}\" ", scene.width, scene.height);
    let svg = SvgBackend::new().with_pretty(true).render_scene(&scene);
    svg.replacen("<svg ", &view, 1).replacen(">\n", &format!(">\n{STYLE}\n"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::some_results;

    #[test]
    fn every_colour_of_a_plot_is_defined_for_light_and_dark_pages() {
        for (name, svg) in svgs(&some_results()) {
            let used = svg.split("var(").skip(1).filter_map(|rest| rest.split(')').next());
            for variable in used {
                let definition = format!("{variable}: #");
                assert_eq!(svg.matches(&definition).count(), 2, "{variable} in {name}");
            }
        }
    }

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

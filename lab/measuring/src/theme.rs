//! Plots as SVG, in the colours of a light or a dark page.

use kuva::{
    backend::svg::SvgBackend,
    render::{layout::Layout, plots::Plot, render::render_multiple, theme::Theme},
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
/// The number of colours of lines.
pub const COLOURS: usize = 5;

/// The colour of a line by its number, which is below [`COLOURS`].
pub fn colour(number: usize) -> String {
    format!("var(--line-{number})")
}

/// Draws the plots into one image.
pub fn svg(plots: Vec<Plot>, layout: Layout) -> String {
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
    let scene = render_multiple(plots, layout.with_theme(theme));
    // Without a viewBox, a page that shows it smaller would cut it off.
    let view = format!("<svg viewBox=\"0 0 {} {}\" ", scene.width, scene.height);
    let svg = SvgBackend::new().with_pretty(true).render_scene(&scene);
    svg.replacen("<svg ", &view, 1).replacen(">\n", &format!(">\n{STYLE}\n"), 1)
}

#[cfg(test)]
mod tests {
    use kuva::plot::LinePlot;

    use super::*;

    #[test]
    fn every_colour_of_a_plot_is_defined_for_light_and_dark_pages() {
        let line = |number| {
            let points = vec![(0.0, 1.0), (1.0, 2.0)];
            Plot::Line(LinePlot::new().with_data(points).with_color(colour(number)))
        };
        let plots: Vec<_> = (0..COLOURS).map(line).collect();
        let layout = Layout::auto_from_plots(&plots);
        let svg = svg(plots, layout);
        let used = svg.split("var(").skip(1).filter_map(|rest| rest.split(')').next());
        let mut lines = 0;
        for variable in used {
            let definition = format!("{variable}: #");
            assert_eq!(svg.matches(&definition).count(), 2, "{variable}");
            lines += usize::from(variable.starts_with("--line-"));
        }
        assert!(lines >= COLOURS, "{lines} uses of a line's colour");
    }
}

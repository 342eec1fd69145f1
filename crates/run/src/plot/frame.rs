//! What all charts share: their size, the heading, axes, ticks, values at the ends of curves, upright lines.

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{Cartesian2d, ChartContext, Color, IntoFont, SVGBackend};
use plotters::style::TextStyle;

use super::svg::{Anchor, Text, escape, frame, text_width};
use super::theme::{AXIS, FONT, GRID, INK, MUTED, SERIES, SOFT};

/// The size of a chart, in pixels.
pub(super) const WIDTH: f64 = 560.0;
pub(super) const HEIGHT: f64 = 320.0;
/// Where the horizontal axis lies.
pub(super) const AXIS_AT: f64 = HEIGHT - 44.0;
/// The chart library works in whole pixels: it draws four times as large, so that curves are smooth.
pub(super) const FINE: f64 = 4.0;
/// The library's unit of font size, in pixels.
const FONT_UNIT: f64 = 1.24;

/// A chart whose vertical axis is linear.
pub(super) type Plane<'a, X> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, RangedCoordf64>>;

/// Pixels of the finished picture, as the chart library counts them.
pub(super) fn pixels(size: f64) -> i32 {
    (size * FINE) as i32
}

/// What the library drew, four times as large, below what was written for the finished picture.
pub(super) fn finished(drawn: &str, overlay: &str) -> String {
    let inner = drawn.split_once('>').map_or("", |(_, rest)| rest).trim_end().trim_end_matches("</svg>");
    let small = 1.0 / FINE;
    frame(WIDTH, HEIGHT, &format!("<g transform=\"scale({small})\">{inner}</g>\n{overlay}"))
}

/// Title, subtitle, and the names of the curves in their colours.
pub(super) fn heading<'a>(
    title: &str,
    subtitle: &str,
    names: impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator,
) -> String {
    let mut out = Text::new(title, (20.0, 28.0), 16.0, &INK).bold().svg();
    out.push_str(&Text::new(subtitle, (20.0, 47.0), 12.0, &SOFT).svg());
    let mut right = WIDTH - 16.0;
    for (i, name) in names.enumerate().rev().filter(|(_, name)| !name.is_empty()) {
        let at = right - text_width(name, 12.0);
        let (start, end) = (at - 24.0, at - 6.0);
        out.push_str(&Text::new(name, (at, 28.0), 12.0, &SOFT).svg());
        out.push_str(&format!(
            "<line x1=\"{start:.1}\" y1=\"24\" x2=\"{end:.1}\" y2=\"24\" stroke=\"{}\" stroke-width=\"2.5\" stroke-linecap=\"round\"/>\n",
            SERIES[i % SERIES.len()].light
        ));
        right = start - 14.0;
    }
    out
}

/// Draws the axes: horizontal lines only, `labels` figures below them, written by `write`, over the name of the axis.
pub(super) fn axes<X>(
    plane: &mut Plane<'_, X>,
    name: &str,
    labels: usize,
    write: &dyn Fn(&X::ValueType) -> String,
) -> Result<(), Box<dyn std::error::Error>>
where
    X: Ranged + ValueFormatter<X::ValueType>,
{
    let muted = MUTED.rgb();
    let text = TextStyle::from((FONT, 11.5 * FINE * FONT_UNIT).into_font()).color(&muted);
    let values = plane.y_range();
    let decimals = decimals(values.end - values.start);
    plane
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(labels)
        .y_labels(8)
        .y_max_light_lines(1)
        .bold_line_style(GRID.rgb().stroke_width(FINE as u32))
        .light_line_style(plotters::style::TRANSPARENT)
        .axis_style(AXIS.rgb().stroke_width(FINE as u32))
        .label_style(text.clone())
        .axis_desc_style(text)
        .x_desc(name)
        .x_label_formatter(write)
        .y_label_formatter(&|value| tick(*value, decimals))
        .set_all_tick_mark_size(pixels(3.0))
        .draw()?;
    Ok(())
}

/// The values that an axis shows: with a margin, from zero where they come near it.
pub(super) fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return None;
    }
    let margin = ((high - low) * 0.06).max(high.abs().max(low.abs()) * 0.01).max(1e-12);
    let floor = if low >= 0.0 && low < 0.35 * high { 0.0 } else { low - margin };
    Some((floor, high + margin))
}

/// Decimals that tell the ticks of a range apart.
fn decimals(range: f64) -> usize {
    (1.0 - (range / 8.0).log10().floor()).clamp(0.0, 12.0) as usize
}

fn tick(value: f64, decimals: usize) -> String {
    if value != 0.0 && !(1e-4..1e6).contains(&value.abs()) {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

/// A point in pixels of the finished picture.
pub(super) fn place(at: (i32, i32)) -> (f64, f64) {
    (f64::from(at.0) / FINE, f64::from(at.1) / FINE)
}

/// The last value beside each curve's end; labels that would touch move apart, and stay above the axis.
pub(super) fn end_labels(mut ends: Vec<((f64, f64), String)>) -> String {
    const APART: f64 = 14.0;
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let mut above = f64::NEG_INFINITY;
    for ((_, y), _) in &mut ends {
        *y = y.max(above + APART);
        above = *y;
    }
    let mut below = AXIS_AT;
    for ((_, y), _) in ends.iter_mut().rev() {
        *y = y.min(below - APART / 2.0);
        below = *y - APART / 2.0;
    }
    let label = |((x, y), text): &((f64, f64), String)| Text::new(text, (x + 8.0, y + 4.0), 11.5, &SOFT).svg();
    ends.iter().map(label).collect()
}

/// An invisible disc over a point, which says what the point is.
pub(super) fn disc((x, y): (f64, f64), says: &str) -> String {
    format!(
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" fill=\"none\" pointer-events=\"all\"><title>{}</title></circle>\n",
        escape(says.trim())
    )
}

/// A dashed line through the chart from its top, with a label in the `row`-th line below it, so that close ones do not touch.
pub(super) fn upright((x, top): (f64, f64), label: &str, row: usize) -> String {
    const ROW: f64 = 15.0;
    let line = format!(
        "<line x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{AXIS_AT:.1}\" stroke=\"{}\" stroke-width=\"1\" \
         stroke-dasharray=\"4 3\"/>\n",
        SOFT.light
    );
    let fits = x + 5.0 + text_width(label, 11.5) < WIDTH - 8.0;
    let (at, anchor) = if fits { (x + 5.0, Anchor::Start) } else { (x - 5.0, Anchor::End) };
    line + &Text::new(label, (at, top + 10.0 + ROW * row as f64), 11.5, &SOFT).anchor(anchor).svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short_and_tell_neighbours_apart() {
        let cases = [
            (0.925, 0.1, "0.925"),
            (0.9, 0.1, "0.9"),
            (0.0, 2.0, "0"),
            (150.0, 900.0, "150"),
            (0.000_01, 0.0001, "1.0e-5"),
        ];
        for (value, range, text) in cases {
            assert_eq!(tick(value, decimals(range)), text);
        }
    }

    #[test]
    fn labels_at_the_ends_of_close_curves_do_not_touch() {
        let labels = end_labels(vec![((0.0, 100.0), "a".into()), ((0.0, 101.0), "b".into())]);
        assert!(labels.contains("y=\"104.0\"") && labels.contains("y=\"118.0\""), "{labels}");
        let labels = end_labels(vec![((0.0, AXIS_AT - 1.0), "a".into()), ((0.0, AXIS_AT), "b".into())]);
        assert!(labels.contains("y=\"273.0\"") && labels.contains("y=\"259.0\""), "{labels}");
    }

    #[test]
    fn an_axis_begins_at_zero_where_values_come_near_it() {
        assert_eq!(span([0.1, 1.0].into_iter()).unwrap().0, 0.0);
        assert!(span([0.9, 1.0].into_iter()).unwrap().0 > 0.8);
        assert_eq!(span(std::iter::empty()), None);
    }
}

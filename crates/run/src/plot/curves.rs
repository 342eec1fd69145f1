//! Curves by epoch: loss, accuracy and whatever else a history holds.
//!
//! A chart has horizontal lines only, a mark and its value at the end of each curve, and a title that names the best epoch.

use plotters::coord::Shift;
use plotters::coord::types::{RangedCoordf64, RangedCoordi32};
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, LineSeries,
    SVGBackend,
};
use plotters::style::TextStyle;

use super::PlotError;
use super::svg::{Anchor, Text, frame, text_width};
use super::theme::{AXIS, FONT, GRID, INK, MUTED, SERIES, SOFT};
use crate::history::HistoryTable;
use crate::numbers::metric;

/// The size of a chart, in pixels.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 320.0;
/// Where the horizontal axis lies.
const AXIS_AT: f64 = HEIGHT - 44.0;
/// The chart library works in whole pixels: it draws four times as large, so that curves are smooth.
const FINE: f64 = 4.0;
/// The library's unit of font size, in pixels.
const FONT_UNIT: f64 = 1.24;
/// More points than this are drawn as a line only.
const MOST_MARKS: usize = 40;

type Plane<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordi32, RangedCoordf64>>;

/// One curve: values by epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// Epochs, rising, with their values; what is not finite is left out.
    pub points: Vec<(u32, f64)>,
}

/// One chart of curves that share a unit.
///
/// ```
/// use firebrick_run::plot::{Chart, Mark, Series, svg_to_png};
///
/// let points = vec![(1, 0.91), (2, 0.95), (3, 0.97)];
/// let chart = Chart { name: "accuracy".into(), title: "Accuracy".into(), subtitle: String::new(),
///     series: vec![Series { name: "validation".into(), points }],
///     marks: vec![Mark { epoch: 2, label: "kept".into() }] };
/// let png = svg_to_png(&chart.svg()?, 1120)?;
/// # Ok::<(), firebrick_run::plot::PlotError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// A short name, for files: `loss`.
    pub name: String,
    /// The line above the chart.
    pub title: String,
    /// A fainter line below the title; may be empty.
    pub subtitle: String,
    /// The curves.
    pub series: Vec<Series>,
    /// Epochs that are pointed out; those that the axis does not show are left out.
    pub marks: Vec<Mark>,
}

/// An epoch with an upright line through the chart, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The epoch.
    pub epoch: u32,
    /// The text at the line's upper end.
    pub label: String,
}

/// The charts of a history: one for each metric with its splits together, and one for every other column that changes.
pub fn history_charts(history: &HistoryTable) -> Vec<Chart> {
    const SPLITS: [(&str, &str); 3] = [("train_", "training"), ("valid_", "validation"), ("test_", "test")];
    let metric_of = |column: &str| SPLITS.iter().find_map(|(prefix, _)| column.strip_prefix(prefix)).map(String::from);
    let mut charts: Vec<Chart> = Vec::new();
    for column in history.names() {
        let name = metric_of(column).unwrap_or_else(|| column.to_string());
        if charts.iter().any(|chart| chart.name == name) {
            continue;
        }
        let splits = SPLITS.iter().map(|(prefix, label)| (format!("{prefix}{name}"), *label));
        let alone = (metric_of(column).is_none()).then(|| (column.to_string(), ""));
        let series =
            splits.chain(alone).map(|(column, label)| Series { name: label.into(), points: points(history, &column) });
        let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
        let changes = |series: &Series| series.points.iter().any(|(_, value)| *value != series.points[0].1);
        if metric_of(column).is_some() && !series.is_empty() || series.iter().any(changes) {
            charts.push(Chart { title: title(&name), subtitle: best(&name, &series), name, series, marks: Vec::new() });
        }
    }
    charts.sort_by_key(|chart| chart.name == "learning_rate"); // what was reached stands before how
    charts
}

/// Finite points; values that no axis can hold are left out too.
fn points(history: &HistoryTable, column: &str) -> Vec<(u32, f64)> {
    history.points(column).into_iter().filter(|(epoch, value)| value.abs() < 1e30 && *epoch < i32::MAX as u32).collect()
}

fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(words.clone(), |first| first.to_uppercase().chain(letters).collect())
}

/// The best value of the validation and its epoch, for metrics that are known to have a better end.
fn best(name: &str, series: &[Series]) -> String {
    let sign = match name {
        name if ["loss", "error", "perplexity", "mae", "mse", "rmse"].iter().any(|part| name.contains(part)) => -1.0,
        name if ["accuracy", "f1", "precision", "recall", "auc"].iter().any(|part| name.contains(part)) => 1.0,
        _ => return String::new(),
    };
    let Some(valid) = series.iter().find(|series| series.name == "validation") else { return String::new() };
    let better = |a: &&(u32, f64), b: &&(u32, f64)| (sign * a.1).total_cmp(&(sign * b.1)).then(b.0.cmp(&a.0));
    let best = valid.points.iter().max_by(better);
    best.map_or(String::new(), |(epoch, value)| format!("best validation {} in epoch {epoch}", metric(*value)))
}

impl Chart {
    /// The chart as SVG, 560 by 320 pixels; each point tells its value when pointed at.
    ///
    /// # Errors
    /// [`PlotError::Chart`] when there is no point at all, or the chart library refuses.
    pub fn svg(&self) -> Result<String, PlotError> {
        let mut drawn = String::new();
        let overlay = self.draw(&mut drawn).map_err(|error| PlotError::Chart(error.to_string()))?;
        let inner = drawn.split_once('>').map_or("", |(_, rest)| rest).trim_end().trim_end_matches("</svg>");
        let small = 1.0 / FINE;
        Ok(frame(WIDTH, HEIGHT, &format!("<g transform=\"scale({small})\">{inner}</g>\n{}{overlay}", self.heading())))
    }

    fn heading(&self) -> String {
        let mut out = Text::new(&self.title, (20.0, 28.0), 16.0, &INK).bold().svg();
        out.push_str(&Text::new(&self.subtitle, (20.0, 47.0), 12.0, &SOFT).svg());
        let mut right = WIDTH - 16.0;
        for (i, series) in self.series.iter().enumerate().rev().filter(|(_, series)| !series.name.is_empty()) {
            let name = right - text_width(&series.name, 12.0);
            let (start, end) = (name - 24.0, name - 6.0);
            out.push_str(&Text::new(&series.name, (name, 28.0), 12.0, &SOFT).svg());
            out.push_str(&format!(
                "<line x1=\"{start:.1}\" y1=\"24\" x2=\"{end:.1}\" y2=\"24\" stroke=\"{}\" stroke-width=\"2.5\" stroke-linecap=\"round\"/>\n",
                SERIES[i % SERIES.len()].light
            ));
            right = start - 14.0;
        }
        out
    }

    /// Draws axes and curves into `out`; returns what lies above them: values at the ends, and what the points say.
    fn draw(&self, out: &mut String) -> Result<String, Box<dyn std::error::Error>> {
        let (epochs, values) = self.ranges().ok_or("it has no points")?;
        let area = SVGBackend::with_string(out, ((WIDTH * FINE) as u32, (HEIGHT * FINE) as u32)).into_drawing_area();
        let mut plane = plane(&area, epochs, &values)?;
        let mut ends = Vec::new();
        let mut marks = String::new();
        for (series, colour) in self.series.iter().zip(SERIES.iter().cycle()) {
            let points: Vec<(i32, f64)> = series.points.iter().map(|(epoch, value)| (*epoch as i32, *value)).collect();
            plane
                .draw_series(LineSeries::new(points.iter().copied(), colour.rgb().stroke_width((2.0 * FINE) as u32)))?;
            let marked = if points.len() <= MOST_MARKS { &points[..] } else { &points[points.len() - 1..] };
            let radius = (if points.len() <= 15 { 3.5 } else { 2.5 } * FINE) as i32;
            plane.draw_series(marked.iter().map(|point| Circle::new(*point, radius, colour.rgb().filled())))?;
            for point in &points {
                let place = pixel(&plane, point);
                marks.push_str(&mark(place, &format!("{} epoch {}: {}", series.name, point.0, metric(point.1))));
            }
            ends.extend(points.last().map(|point| (pixel(&plane, point), metric(point.1))));
        }
        area.present()?;
        Ok(self.upright_lines(&plane, epochs, values) + &end_labels(ends) + &marks)
    }

    /// The marked epochs: dashed lines whose labels stand below one another, so that close ones do not touch.
    fn upright_lines(&self, plane: &Plane<'_>, epochs: (i32, i32), values: (f64, f64)) -> String {
        const ROW: f64 = 15.0;
        let shown = self.marks.iter().filter(|mark| (epochs.0..=epochs.1).contains(&(mark.epoch as i32)));
        let mut out = String::new();
        for (row, Mark { epoch, label }) in shown.enumerate() {
            let (x, top) = pixel(plane, &(*epoch as i32, values.1));
            let (_, bottom) = pixel(plane, &(*epoch as i32, values.0));
            out.push_str(&format!(
                "<line x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"{}\" stroke-width=\"1\" \
                 stroke-dasharray=\"4 3\"/>\n",
                SOFT.light
            ));
            let on_the_right = x + 5.0 + text_width(label, 11.5) < WIDTH - 8.0;
            let (place, anchor) = if on_the_right { (x + 5.0, Anchor::Start) } else { (x - 5.0, Anchor::End) };
            let line = top + 10.0 + ROW * row as f64;
            out.push_str(&Text::new(label, (place, line), 11.5, &SOFT).anchor(anchor).svg());
        }
        out
    }

    /// The epochs and values that the axes show: values with a margin, from zero where they come near it.
    fn ranges(&self) -> Option<((i32, i32), (f64, f64))> {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let first = points().map(|(epoch, _)| *epoch).min()? as i32;
        let last = points().map(|(epoch, _)| *epoch).max()? as i32;
        let low = points().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let high = points().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
        let margin = ((high - low) * 0.06).max(high.abs().max(low.abs()) * 0.01).max(1e-12);
        let floor = if low >= 0.0 && low < 0.35 * high { 0.0 } else { low - margin };
        let epochs = if first == last { (first - 1, last + 1) } else { (first, last) };
        Some((epochs, (floor, high + margin)))
    }
}

fn plane<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    epochs: (i32, i32),
    values: &(f64, f64),
) -> Result<Plane<'a>, Box<dyn std::error::Error>> {
    let pixels = |size: f64| (size * FINE) as i32;
    let mut plane = ChartBuilder::on(area)
        .margin_top(pixels(64.0))
        .margin_right(pixels(62.0))
        .margin_left(pixels(8.0))
        .margin_bottom(pixels(6.0))
        .y_label_area_size(pixels(50.0))
        .x_label_area_size(pixels(38.0))
        .build_cartesian_2d(epochs.0..epochs.1, values.0..values.1)?;
    let muted = MUTED.rgb();
    let text = TextStyle::from((FONT, 11.5 * FINE * FONT_UNIT).into_font()).color(&muted);
    let decimals = decimals(values.1 - values.0);
    plane
        .configure_mesh()
        .disable_x_mesh()
        .x_labels((epochs.1 - epochs.0 + 1).clamp(2, 10) as usize)
        .y_labels(8)
        .y_max_light_lines(1)
        .bold_line_style(GRID.rgb().stroke_width(FINE as u32))
        .light_line_style(plotters::style::TRANSPARENT)
        .axis_style(AXIS.rgb().stroke_width(FINE as u32))
        .label_style(text.clone())
        .axis_desc_style(text)
        .x_desc("epoch")
        .y_label_formatter(&|value| tick(*value, decimals))
        .set_all_tick_mark_size(pixels(3.0))
        .draw()?;
    Ok(plane)
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
fn pixel(plane: &Plane<'_>, point: &(i32, f64)) -> (f64, f64) {
    let (x, y) = plane.backend_coord(point);
    (f64::from(x) / FINE, f64::from(y) / FINE)
}

/// The last value beside each curve's end; labels that would touch move apart, and stay above the axis.
fn end_labels(mut ends: Vec<((f64, f64), String)>) -> String {
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
fn mark((x, y): (f64, f64), says: &str) -> String {
    format!(
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" fill=\"none\" pointer-events=\"all\"><title>{}</title></circle>\n",
        super::svg::escape(says.trim())
    )
}

#[cfg(test)]
mod tests;

//! Curves by epoch, or by any other whole number: loss, accuracy and whatever else a history holds.
//!
//! A chart has horizontal lines only, a mark and its value at the end of each curve, and a title that names the best epoch.

use plotters::coord::types::RangedCoordi32;
use plotters::prelude::{ChartBuilder, Circle, Color, IntoDrawingArea, LineSeries, SVGBackend};

use super::PlotError;
use super::frame::{HEIGHT, Plane, WIDTH, axes, disc, end_labels, finished, heading, pixels, place, span, upright};
use super::theme::SERIES;
use crate::history::HistoryTable;
use crate::numbers::metric;

/// More points than this are drawn as a line only.
const MOST_MARKS: usize = 40;

/// One curve: values by epoch, or by whatever the chart's axis counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// Places on the axis, rising, with their values; what is not finite is left out.
    pub points: Vec<(u32, f64)>,
}

/// One chart of curves that share a unit.
///
/// ```
/// use firebrick_run::plot::{Chart, Mark, Series, svg_to_png};
///
/// let points = vec![(1, 0.91), (2, 0.95), (3, 0.97)];
/// let chart = Chart { name: "accuracy".into(), title: "Accuracy".into(), subtitle: String::new(), axis: "epoch".into(),
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
    /// What the horizontal axis counts: `epoch`, `distance`.
    pub axis: String,
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
            charts.push(Chart {
                title: title(&name),
                subtitle: best(&name, &series),
                axis: "epoch".into(),
                name,
                series,
                marks: Vec::new(),
            });
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
        let names = self.series.iter().map(|series| series.name.as_str());
        Ok(finished(&drawn, &(heading(&self.title, &self.subtitle, names) + &overlay)))
    }

    /// Draws axes and curves into `out`; returns what lies above them: marks, values at the ends, and what the points say.
    fn draw(&self, out: &mut String) -> Result<String, Box<dyn std::error::Error>> {
        let (epochs, values) = self.ranges().ok_or("it has no points")?;
        let area = SVGBackend::with_string(out, (pixels(WIDTH) as u32, pixels(HEIGHT) as u32)).into_drawing_area();
        let mut plane: Plane<'_, RangedCoordi32> = ChartBuilder::on(&area)
            .margin_top(pixels(64.0))
            .margin_right(pixels(62.0))
            .margin_left(pixels(8.0))
            .margin_bottom(pixels(6.0))
            .y_label_area_size(pixels(50.0))
            .x_label_area_size(pixels(38.0))
            .build_cartesian_2d(epochs.0..epochs.1, values.0..values.1)?;
        let labels = (epochs.1 - epochs.0 + 1).clamp(2, 10) as usize;
        axes(&mut plane, &self.axis, labels, &|epoch: &i32| epoch.to_string())?;
        let mut ends = Vec::new();
        let mut discs = String::new();
        for (series, colour) in self.series.iter().zip(SERIES.iter().cycle()) {
            let points: Vec<(i32, f64)> = series.points.iter().map(|(epoch, value)| (*epoch as i32, *value)).collect();
            let style = colour.rgb().stroke_width(pixels(2.0) as u32);
            plane.draw_series(LineSeries::new(points.iter().copied(), style))?;
            let marked = if points.len() <= MOST_MARKS { &points[..] } else { &points[points.len() - 1..] };
            let radius = pixels(if points.len() <= 15 { 3.5 } else { 2.5 });
            plane.draw_series(marked.iter().map(|point| Circle::new(*point, radius, colour.rgb().filled())))?;
            let at = |point: &(i32, f64)| place(plane.backend_coord(point));
            for point in &points {
                discs.push_str(&disc(
                    at(point),
                    &format!("{} {} {}: {}", series.name, self.axis, point.0, metric(point.1)),
                ));
            }
            ends.extend(points.last().map(|point| (at(point), metric(point.1))));
        }
        let shown = self.marks.iter().filter(|mark| (epochs.0..=epochs.1).contains(&(mark.epoch as i32)));
        let top = |mark: &Mark| place(plane.backend_coord(&(mark.epoch as i32, values.1)));
        let marks: String = shown.enumerate().map(|(row, mark)| upright(top(mark), &mark.label, row)).collect();
        area.present()?;
        Ok(marks + &end_labels(ends) + &discs)
    }

    /// The epochs and values that the axes show.
    fn ranges(&self) -> Option<((i32, i32), (f64, f64))> {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let first = points().map(|(epoch, _)| *epoch).min()? as i32;
        let last = points().map(|(epoch, _)| *epoch).max()? as i32;
        let epochs = if first == last { (first - 1, last + 1) } else { (first, last) };
        Some((epochs, span(points().map(|(_, value)| *value))?))
    }
}

#[cfg(test)]
mod tests;

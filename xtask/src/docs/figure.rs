//! Draws a stored figure as SVG: the same bytes for the same data.

use std::fmt::Display;
use std::ops::Range;

use anyhow::{Result, anyhow, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::stored::{Figure, Series};

const SIZE: (u32, u32) = (720, 420);
/// Colours that colour-blind readers can tell apart (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The figure as the text of an SVG file.
pub(crate) fn svg(figure: &Figure) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(drawing)?;
        match figure {
            Figure::Line { title, x, y, series } => lines(&area, [title, x, y], series)?,
            Figure::Bar { title, y, bars } => columns(&area, [title, y], bars)?,
        }
        area.present().map_err(drawing)?;
    }
    text.push('\n');
    Ok(text)
}

fn lines(area: &Area<'_>, [title, x, y]: [&String; 3], series: &[Series]) -> Result<()> {
    let points = || series.iter().flat_map(|series| &series.points);
    let horizontal = span(points().map(|point| point.0))?;
    let vertical = span(points().map(|point| point.1))?;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(horizontal.clone(), padded(vertical.clone()))
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&|value| short(*value))
        .y_label_formatter(&|value| short(*value))
        .light_line_style(WHITE)
        .draw()
        .map_err(drawing)?;
    for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let style = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(series.points.iter().copied(), style))
            .map_err(drawing)?
            .label(&series.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(emptiest(series, &horizontal, &vertical))
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()
        .map_err(drawing)
}

/// The place for the names that the fewest lines run through: a third of the width and of the height, at the upper or lower edge.
fn emptiest(series: &[Series], horizontal: &Range<f64>, vertical: &Range<f64>) -> SeriesLabelPosition {
    use SeriesLabelPosition::{LowerLeft, LowerMiddle, LowerRight, UpperLeft, UpperMiddle, UpperRight};
    const PLACES: [[SeriesLabelPosition; 3]; 2] =
        [[UpperRight, UpperMiddle, UpperLeft], [LowerRight, LowerMiddle, LowerLeft]];
    let share = |value: f64, range: &Range<f64>| (value - range.start) / (range.end - range.start);
    let mut met = [[0usize; 3]; 2];
    for pair in series.iter().flat_map(|series| series.points.windows(2)) {
        for step in 0..=8 {
            let along = |from: f64, to: f64| from + (to - from) * f64::from(step) / 8.0;
            let x = share(along(pair[0].0, pair[1].0), horizontal);
            let y = share(along(pair[0].1, pair[1].1), vertical);
            let column = if x > 2.0 / 3.0 { 0 } else { 1 + usize::from(x < 1.0 / 3.0) };
            if !(1.0 / 3.0..2.0 / 3.0).contains(&y) {
                met[usize::from(y < 0.5)][column] += 1;
            }
        }
    }
    let places = (0..2).flat_map(|row| (0..3).map(move |column| (row, column)));
    let (row, column) = places.min_by_key(|&(row, column)| met[row][column]).unwrap_or_default();
    PLACES[row][column].clone()
}

/// A number on an axis, without zeros that say nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

fn columns(area: &Area<'_>, [title, y]: [&String; 2], bars: &[(String, f64)]) -> Result<()> {
    let values = || bars.iter().map(|bar| bar.1);
    let vertical = span(values().chain([0.0]))?;
    let names: Vec<_> = bars.iter().map(|bar| bar.0.clone()).collect();
    let count = i32::try_from(bars.len())?;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((0..count).into_segmented(), vertical.start..vertical.end * 1.05)
        .map_err(drawing)?;
    let name = |place: &SegmentValue<i32>| match place {
        SegmentValue::CenterOf(at) => {
            usize::try_from(*at).ok().and_then(|at| names.get(at).cloned()).unwrap_or_default()
        }
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&name)
        .x_labels(bars.len())
        .y_desc(y)
        .draw()
        .map_err(drawing)?;
    let boxes = (0..count).zip(values()).zip(COLOURS.iter().cycle()).map(|((at, value), colour)| {
        let corners = [(SegmentValue::Exact(at), 0.0), (SegmentValue::Exact(at + 1), value)];
        let mut bar = Rectangle::new(corners, colour.filled());
        bar.set_margin(0, 0, 24, 24);
        bar
    });
    chart.draw_series(boxes).map(|_| ()).map_err(drawing)
}

/// The range that holds all values; an empty or endless one is an error of the stored result.
fn span(values: impl Iterator<Item = f64>) -> Result<Range<f64>> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    ensure!(low.is_finite() && high.is_finite(), "a figure needs finite points");
    Ok(if low < high { low..high } else { low - 0.5..high + 0.5 })
}

fn padded(range: Range<f64>) -> Range<f64> {
    let edge = 0.05 * (range.end - range.start);
    range.start - edge..range.end + edge
}

fn drawing(error: impl Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: Vec<(f64, f64)>) -> Figure {
        let series = vec![Series { name: "LeNet-5".into(), points }];
        Figure::Line { title: "Accuracy".into(), x: "epoch".into(), y: "accuracy".into(), series }
    }

    #[test]
    fn a_curve_is_drawn_with_its_names_and_always_alike() {
        let figure = curve(vec![(1.0, 0.5), (2.0, 0.9), (3.0, 0.95)]);
        let drawn = svg(&figure).unwrap();
        for part in ["<svg", "<polyline", "LeNet-5", "Accuracy", "epoch"] {
            assert!(drawn.contains(part), "{part} is missing");
        }
        assert_eq!(drawn, svg(&figure).unwrap());
    }

    #[test]
    fn the_names_stand_where_no_line_runs() {
        let place = |points: Vec<(f64, f64)>| {
            let series = [Series { name: "loss".into(), points }];
            let range = 0.0..1.0;
            format!("{:?}", emptiest(&series, &range, &range))
        };
        assert_eq!(place(vec![(0.0, 1.0), (0.2, 0.1), (1.0, 0.0)]), "UpperRight");
        assert_eq!(place(vec![(0.0, 0.0), (0.9, 0.5), (1.0, 1.0)]), "UpperMiddle");
    }

    #[test]
    fn numbers_on_an_axis_are_short() {
        assert_eq!([1.0, 0.25, -0.0, 1500.0, 0.0025].map(short), ["1", "0.25", "0", "1500", "0.0025"]);
    }

    #[test]
    fn bars_carry_their_names() {
        let bars = vec![("MLP".into(), 0.97), ("CNN".into(), 0.99)];
        let figure = Figure::Bar { title: "Accuracy".into(), y: "accuracy".into(), bars };
        let drawn = svg(&figure).unwrap();
        assert!(drawn.contains("MLP") && drawn.contains("CNN"));
        assert!(drawn.matches("<rect").count() >= 3);
    }

    #[test]
    fn a_figure_without_points_is_an_error() {
        assert!(svg(&curve(Vec::new())).is_err());
        assert!(svg(&curve(vec![(1.0, f64::NAN), (2.0, f64::INFINITY)])).is_err());
    }
}

//! A loss over learning rates on a logarithmic axis: what a learning rate range test leaves.

use plotters::coord::combinators::LogCoord;
use plotters::prelude::{ChartBuilder, Color, IntoDrawingArea, IntoLogRange, LineSeries, SVGBackend};

use super::PlotError;
use super::frame::{HEIGHT, Plane, WIDTH, axes, disc, finished, heading, pixels, place, span, upright};
use super::theme::SERIES;
use crate::numbers::metric;

/// One curve: a value by learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// The name in the legend.
    pub name: String,
    /// Rates, rising and above 0, with their values; what is not finite is left out.
    pub points: Vec<(f64, f64)>,
}

/// One chart of curves over learning rates.
///
/// ```
/// use firebrick_run::plot::{RateChart, RateSeries};
///
/// let points = vec![(1e-4, 2.3), (1e-3, 1.9), (1e-2, 0.6), (1e-1, 4.0)];
/// let chart = RateChart { title: "Learning rates".into(), subtitle: String::new(),
///     series: vec![RateSeries { name: "smoothed loss".into(), points }], mark: Some((1e-3, "suggested".into())) };
/// assert!(chart.svg()?.contains("suggested"));
/// # Ok::<(), firebrick_run::plot::PlotError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RateChart {
    /// The line above the chart.
    pub title: String,
    /// A fainter line below the title; may be empty.
    pub subtitle: String,
    /// The curves.
    pub series: Vec<RateSeries>,
    /// A rate that is pointed out, and what there is to say about it.
    pub mark: Option<(f64, String)>,
}

impl RateChart {
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

    fn draw(&self, out: &mut String) -> Result<String, Box<dyn std::error::Error>> {
        let points: Vec<Vec<(f64, f64)>> = self.series.iter().map(|series| shown(&series.points)).collect();
        let rates = points.iter().flatten().map(|point| point.0);
        let (first, last) =
            rates.fold((f64::INFINITY, 0.0f64), |(first, last), rate| (first.min(rate), last.max(rate)));
        let values = span(points.iter().flatten().map(|point| point.1)).ok_or("it has no points")?;
        let last = if first < last { last } else { 10.0 * first };
        let area = SVGBackend::with_string(out, (pixels(WIDTH) as u32, pixels(HEIGHT) as u32)).into_drawing_area();
        let mut plane: Plane<'_, LogCoord<f64>> = ChartBuilder::on(&area)
            .margin_top(pixels(64.0))
            .margin_right(pixels(24.0))
            .margin_left(pixels(8.0))
            .margin_bottom(pixels(6.0))
            .y_label_area_size(pixels(50.0))
            .x_label_area_size(pixels(38.0))
            .build_cartesian_2d((first..last).log_scale(), values.0..values.1)?;
        let decades = (last / first).log10().ceil() as usize;
        axes(&mut plane, "learning rate", decades.clamp(2, 12) + 1, &|rate: &f64| format!("{rate:e}"))?;
        let mut overlay = String::new();
        for ((points, series), colour) in points.iter().zip(&self.series).zip(SERIES.iter().cycle()) {
            let style = colour.rgb().stroke_width(pixels(2.0) as u32);
            plane.draw_series(LineSeries::new(points.iter().copied(), style))?;
            for point in points {
                let says = format!("{} at rate {:.3e}: {}", series.name, point.0, metric(point.1));
                overlay.push_str(&disc(place(plane.backend_coord(point)), &says));
            }
        }
        if let Some((rate, label)) = self.mark.as_ref().filter(|mark| (first..=last).contains(&mark.0)) {
            overlay.push_str(&upright(place(plane.backend_coord(&(*rate, values.1))), label, 0));
        }
        area.present()?;
        Ok(overlay)
    }
}

/// Points that a logarithmic axis can hold.
fn shown(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let fits =
        |&(rate, value): &(f64, f64)| rate.is_finite() && rate > 1e-30 && value.is_finite() && value.abs() < 1e30;
    points.iter().copied().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg_to_png;

    fn chart(points: Vec<(f64, f64)>) -> RateChart {
        let series = vec![RateSeries { name: "loss".into(), points }];
        RateChart { title: "Rates".into(), subtitle: String::new(), series, mark: Some((1e-3, "suggested".into())) }
    }

    /// Where the disc of the point with this rate lies, from the left.
    fn left_of(svg: &str, rate: &str) -> f64 {
        let line = svg.lines().find(|line| line.contains(&format!("at rate {rate}:"))).unwrap();
        line.split('"').nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn equal_factors_are_equally_far_apart() {
        let svg = chart(vec![(1e-4, 2.0), (1e-3, 1.0), (1e-2, 0.5), (1e-1, 3.0)]).svg().unwrap();
        let places: Vec<f64> = ["1.000e-4", "1.000e-3", "1.000e-2"].map(|rate| left_of(&svg, rate)).to_vec();
        assert!((places[2] - places[1] - (places[1] - places[0])).abs() < 1.0, "{places:?}");
        assert!(svg.contains(">suggested<") && svg.matches("stroke-dasharray").count() == 1);
    }

    #[test]
    fn any_points_become_a_picture_or_an_error() {
        let cases: [Vec<(f64, f64)>; 5] = [
            vec![(1e-3, 1.0)],
            vec![(1e-8, 2.3), (1.0, 2.3)],
            vec![(1e-8, 2.3), (1e-7, f64::NAN), (1e-6, f64::INFINITY), (1e-5, 1e20)],
            vec![(1e-8, 0.0), (10.0, 0.0)],
            vec![(0.0, 1.0), (1e-3, 1.0), (f64::INFINITY, 2.0)],
        ];
        for points in cases {
            svg_to_png(&chart(points.clone()).svg().unwrap(), 560)
                .unwrap_or_else(|error| panic!("{points:?}: {error}"));
        }
        assert!(matches!(chart(vec![(0.0, 1.0)]).svg(), Err(PlotError::Chart(_))));
    }
}

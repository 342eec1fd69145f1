//! Series brought to one scale, and forecasts brought back; stored with the forecaster.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Values of series s become `(value - mean[s]) / deviation[s]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// What is subtracted, per series.
    pub mean: Vec<f32>,
    /// What is divided by, per series; never 0.
    pub deviation: Vec<f32>,
}

impl Scaling {
    /// Leaves values as they are.
    pub fn identity(series: usize) -> Self {
        Self { mean: vec![0.0; series], deviation: vec![1.0; series] }
    }

    /// Mean and deviation of each series over `rows`, in each of which the series take turns; a series that never changes is only
    /// shifted.
    ///
    /// # Panics
    /// When `series` is 0.
    pub fn fitted<'a>(series: usize, rows: impl Iterator<Item = &'a [f32]> + Clone) -> Self {
        let values =
            |s: usize| rows.clone().flat_map(move |row| row.iter().skip(s).step_by(series)).map(|&v| f64::from(v));
        let mean_of = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            if count > 0.0 { sum / count } else { 0.0 }
        };
        let moments = (0..series).map(|s| {
            let mean = mean_of(&mut values(s));
            let deviation = mean_of(&mut values(s).map(|value| (value - mean).powi(2))).sqrt() as f32;
            (mean as f32, if deviation > f32::EPSILON * mean.abs() as f32 && deviation > 0.0 { deviation } else { 1.0 })
        });
        let (mean, deviation) = moments.unzip();
        Self { mean, deviation }
    }

    /// How many series.
    pub fn series(&self) -> usize {
        self.mean.len()
    }

    /// Whether it is a scaling of so many series.
    pub(super) fn is_usable(&self, series: usize) -> bool {
        let positive = |value: &f32| value.is_finite() && *value > 0.0;
        self.mean.len() == series
            && self.deviation.len() == series
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.deviation.iter().all(positive)
    }

    /// Steps `[B, T, F]` of F series, scaled.
    pub(super) fn scale_steps(&self, values: Tensor<3>) -> Tensor<3> {
        let device = values.device();
        let row = |values: &[f32]| Tensor::<1>::from_floats(values, &device).reshape([1, 1, values.len()]);
        (values - row(&self.mean)) / row(&self.deviation)
    }

    /// Rows `[B, H·S]` in which the S series take turns, scaled.
    pub(super) fn scale_rows(&self, values: Tensor<2>) -> Tensor<2> {
        let [rows, width] = values.dims();
        let series = self.series();
        self.scale_steps(values.reshape([rows, width / series, series])).reshape([rows, width])
    }

    /// A row in which the series take turns, brought back.
    pub(super) fn restore(&self, row: &mut [f32]) {
        let series = self.series();
        for (k, value) in row.iter_mut().enumerate() {
            *value = *value * self.deviation[k % series] + self.mean[k % series];
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn scaled_series_have_mean_zero_and_deviation_one_and_come_back() {
        let rows = [vec![1.0, 100.0, 7.0, 3.0, 300.0, 7.0], vec![5.0, 200.0, 7.0]];
        let scaling = Scaling::fitted(3, rows.iter().map(Vec::as_slice));
        assert_eq!(scaling.mean, [3.0, 200.0, 7.0]);
        assert!((scaling.deviation[0] - (8f32 / 3.0).sqrt()).abs() < 1e-6);
        assert_eq!(scaling.deviation[2], 1.0, "a series that never changes is only shifted");
        let scaled = scaling.scale_rows(Tensor::from_floats([[1.0, 100.0, 7.0, 3.0, 300.0, 7.0]], &Device::flex()));
        let mut back: Vec<f32> = scaled.into_data().iter::<f32>().collect();
        assert!((back[0] + 1.224_745).abs() < 1e-5 && back[2] == 0.0 && back[3] == 0.0, "{back:?}");
        scaling.restore(&mut back);
        assert!(back.iter().zip(&rows[0]).all(|(back, value)| (back - value).abs() < 1e-4), "{back:?}");
    }

    #[test]
    fn a_scaling_that_divides_by_zero_or_is_of_other_series_is_not_usable() {
        let mut scaling = Scaling::identity(2);
        assert!(scaling.is_usable(2) && !scaling.is_usable(3));
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            scaling.deviation[1] = bad;
            assert!(!scaling.is_usable(2), "{bad}");
        }
    }
}

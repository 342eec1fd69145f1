//! How well a forecaster does, in the units of the series.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The result of [`Forecaster::evaluate`](super::Forecaster::evaluate), in the units of the series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecastScores {
    /// How many sequences.
    pub sequences: usize,
    /// Mean of the squared errors.
    pub mse: f64,
    /// Mean of the errors' sizes.
    pub mae: f64,
    /// The same for each step ahead, the nearest first.
    pub horizon: Vec<HorizonScores>,
}

/// How well one step ahead is forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonScores {
    /// Mean of the squared errors.
    pub mse: f64,
    /// Mean of the errors' sizes.
    pub mae: f64,
}

impl ForecastScores {
    /// Compares forecasts with what followed, rows `[H·S]` of H steps each. A baseline's forecasts are scored the same way.
    ///
    /// ```
    /// use firebrick_rnn::tasks::ForecastScores;
    ///
    /// // Two steps ahead: the first right, the second off by 2.
    /// let scores = ForecastScores::new(&[vec![1.0, 5.0]], &[vec![1.0, 3.0]], 2);
    /// assert_eq!((scores.mae, scores.mse, scores.horizon[1].mae), (1.0, 2.0, 2.0));
    /// ```
    ///
    /// # Panics
    /// When there are not as many rows, rows differ in length, or a row is no whole number of steps.
    pub fn new(forecasts: &[Vec<f32>], truth: &[Vec<f32>], horizon: usize) -> Self {
        assert_eq!(forecasts.len(), truth.len(), "one forecast for each row that followed");
        let mut sums = vec![(0.0, 0.0, 0usize); horizon];
        for (forecast, row) in forecasts.iter().zip(truth) {
            assert_eq!(forecast.len(), row.len(), "a forecast of as many numbers as followed");
            assert!(
                horizon > 0 && row.len() % horizon == 0,
                "{} numbers, no whole number for each of {horizon} steps",
                row.len()
            );
            let series = row.len() / horizon;
            for (k, (forecast, value)) in forecast.iter().zip(row).enumerate() {
                let error = f64::from(*forecast) - f64::from(*value);
                let (squares, sizes, count) = &mut sums[k / series];
                *squares += error * error;
                *sizes += error.abs();
                *count += 1;
            }
        }
        let scores = |(squares, sizes, count): &(f64, f64, usize)| HorizonScores {
            mse: squares / *count as f64,
            mae: sizes / *count as f64,
        };
        let horizon: Vec<HorizonScores> = sums.iter().map(scores).collect();
        let mean = |of: fn(&HorizonScores) -> f64| horizon.iter().map(of).sum::<f64>() / horizon.len() as f64;
        Self { sequences: truth.len(), mse: mean(|scores| scores.mse), mae: mean(|scores| scores.mae), horizon }
    }

    /// The root of the mean of the squared errors.
    pub fn rmse(&self) -> f64 {
        self.mse.sqrt()
    }
}

impl fmt::Display for ForecastScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MAE {:.4}, RMSE {:.4}, {} sequences", self.mae, self.rmse(), self.sequences)?;
        if self.horizon.len() < 2 {
            return Ok(());
        }
        writeln!(f, "steps ahead         MAE        RMSE")?;
        for (step, HorizonScores { mse, mae }) in self.horizon.iter().enumerate() {
            writeln!(f, "{:11}  {mae:10.4}  {:10.4}", step + 1, mse.sqrt())?;
        }
        Ok(())
    }
}

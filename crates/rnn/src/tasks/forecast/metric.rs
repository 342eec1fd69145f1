//! The mean size of the errors of forecasts, a metric for Burn's trainer.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorReadError};
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry, SerializedEntry,
};

/// What an [`AbsoluteErrorMetric`] takes.
#[derive(Clone, Debug)]
pub struct AbsoluteErrorInput {
    /// `[B]`, the mean size of each sequence's errors.
    pub sizes: Tensor<1>,
}

/// The mean size of the errors on the network's scale, called `MAE`; each sequence counts the same.
///
/// ```
/// use burn::train::metric::Metric;
/// use firebrick_rnn::tasks::AbsoluteErrorMetric;
///
/// assert_eq!(*AbsoluteErrorMetric::new().name(), "MAE");
/// ```
#[derive(Clone, Default)]
pub struct AbsoluteErrorMetric {
    state: NumericMetricState,
}

impl AbsoluteErrorMetric {
    /// Before the first batch.
    pub fn new() -> Self {
        Self::default()
    }

    fn format(&self) -> FormatOptions {
        FormatOptions::new(self.name()).precision(4)
    }
}

impl Metric for AbsoluteErrorMetric {
    type Input = AbsoluteErrorInput;

    fn name(&self) -> MetricName {
        Arc::new("MAE".to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes { unit: None, higher_is_better: false }.into()
    }

    fn update(
        &mut self,
        input: &AbsoluteErrorInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let [count] = input.sizes.dims();
        let mean = input.sizes.clone().mean().try_into_scalar::<f64>()?;
        self.state.update(mean, count);
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
    }
}

impl Numeric for AbsoluteErrorMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(self.state.current_value())
    }

    fn running_value(&self) -> Option<NumericEntry> {
        Some(self.state.running_value())
    }

    fn final_value(&self) -> NumericEntry {
        self.state.final_value()
    }
}

//! Which steps of the sequences count, and in which order.

use burn::tensor::{Bool, Device, Tensor, TensorData};

/// Which steps count, in which order they are processed, and what is put out where none counts.
/// The default: all of them, from the first to the last.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// `[B, T]`, true where a step counts; absent when all do. See [the module](super).
    pub mask: Option<Tensor<2, Bool>>,
    /// Whether the last step is processed first.
    pub reverse: bool,
    /// Whether masked steps put out zeros instead of the output of the step before. The state is
    /// carried over them all the same.
    pub zero_output_for_mask: bool,
}

impl Steps {
    /// The steps where `mask` `[B, T]` is true.
    pub fn masked(mask: Tensor<2, Bool>) -> Self {
        Self { mask: Some(mask), ..Self::default() }
    }

    /// The first `lengths[b]` of `steps` steps in each sequence b.
    ///
    /// # Panics
    ///
    /// When a sequence is longer than `steps`.
    pub fn with_lengths(lengths: &[usize], steps: usize, device: &Device) -> Self {
        if let Some(length) = lengths.iter().find(|&&length| length > steps) {
            panic!("a sequence of length {length} among {steps} steps: no length may be greater than the steps");
        }
        let mask = lengths.iter().flat_map(|&length| (0..steps).map(move |step| step < length));
        let data = TensorData::new(mask.collect::<Vec<bool>>(), [lengths.len(), steps]);
        Self::masked(Tensor::from_data(data, device))
    }

    /// The same, processed from the last step to the first.
    pub fn reversed(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// The same with zeros put out at masked steps.
    pub fn with_zero_output_for_mask(mut self) -> Self {
        self.zero_output_for_mask = true;
        self
    }
}

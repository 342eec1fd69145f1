//! What a stateful layer keeps from one call to the next.

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor};

use crate::RecurrentState;

/// The final state of the call before, in a layer that is stateful.
///
/// It is no parameter: a record does not hold it. A clone of the layer starts from a copy and goes its own way, so an
/// optimiser's step, which clones, loses nothing, and a validation between two steps changes nothing.
#[derive(Debug)]
pub(crate) struct Memory<S> {
    stateful: bool,
    state: Mutex<Option<S>>,
}

/// What a stateful layer can keep.
pub(crate) trait Kept: Clone {
    /// Without its history: no gradient flows back into it.
    #[must_use]
    fn detached(self) -> Self;

    /// As it is used with tensors on `device`.
    #[must_use]
    fn moved(self, device: &Device) -> Self;

    /// Rows B.
    fn rows(&self) -> usize;
}

impl<S: RecurrentState> Kept for S {
    fn detached(self) -> Self {
        self.detach()
    }

    fn moved(self, device: &Device) -> Self {
        self.on(device)
    }

    fn rows(&self) -> usize {
        self.batch_size()
    }
}

/// A tensor on `device`, and with autodiff if the device has it.
pub(crate) fn moved<const D: usize>(tensor: Tensor<D>, device: &Device) -> Tensor<D> {
    let tensor = tensor.inner().to_device(&device.clone().inner());
    if device.is_autodiff() { tensor.autodiff() } else { tensor }
}

impl<S: Kept> Memory<S> {
    pub(crate) fn new(stateful: bool) -> Self {
        Self { stateful, state: Mutex::new(None) }
    }

    fn with<R>(&self, use_state: impl FnOnce(&mut Option<S>) -> R) -> R {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The state that was given, else the one that was kept.
    pub(crate) fn recall(&self, given: Option<S>, device: &Device) -> Option<S> {
        given.or_else(|| self.with(|state| state.clone()).map(|state| state.moved(device)))
    }

    /// Keeps the state, if the layer is stateful; its history ends here.
    pub(crate) fn keep(&self, state: &S) {
        if self.stateful {
            let detached = state.clone().detached();
            self.with(|kept| *kept = Some(detached));
        }
    }

    pub(crate) fn reset(&self) {
        self.with(|kept| *kept = None);
    }

    /// Rows of the state that is kept.
    pub(crate) fn batch_size(&self) -> Option<usize> {
        self.with(|kept| kept.as_ref().map(Kept::rows))
    }
}

impl<S: Kept> Clone for Memory<S> {
    fn clone(&self) -> Self {
        Self { stateful: self.stateful, state: Mutex::new(self.with(|state| state.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::{Device, Tensor};
    use firebrick_layers::Mask;

    use crate::{
        BidirectionalConfig, GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer, Sequence, SequenceError,
        SimpleRnnConfig, StackConfig,
    };

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// `[2, steps, 3]`
    fn x(steps: usize, device: &Device) -> Tensor<3> {
        let values = Tensor::<1, burn::tensor::Int>::arange(0..6 * steps as i64, device).float();
        (values * 0.37).sin().reshape([2, steps, 3])
    }

    fn ten_calls_are_one<L: RecurrentLayer>(layer: &L, device: &Device) {
        let x = x(100, device);
        let whole = layer.forward(x.clone());
        layer.reset_state();
        let parts = (0..10).map(|part| layer.forward(x.clone().narrow(1, 10 * part, 10)));
        let (outputs, lasts): (Vec<_>, Vec<_>) = parts.map(|part| (part.sequence.values, part.last)).unzip();
        let outputs = values(Tensor::cat(outputs, 1));
        for (part, whole) in outputs.iter().zip(values(whole.sequence.values)) {
            assert!((part - whole).abs() <= 1e-6, "{part} in parts, {whole} at once");
        }
        for (part, whole) in values(lasts[9].clone()).iter().zip(values(whole.last)) {
            assert!((part - whole).abs() <= 1e-6);
        }
    }

    #[test]
    fn ten_calls_of_ten_steps_are_one_of_a_hundred() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            ten_calls_are_one(&SimpleRnnConfig::new(4).with_stateful(true).init(3, &device), &device);
            ten_calls_are_one(&LstmConfig::new(4).with_stateful(true).init(3, &device), &device);
            ten_calls_are_one(&GruConfig::new(4).with_stateful(true).init(3, &device), &device);
            ten_calls_are_one(&StackConfig::new(LstmConfig::new(4).with_stateful(true), 2).init(3, &device), &device);
        }
    }

    #[test]
    fn a_layer_that_is_not_stateful_starts_anew() {
        let device = Device::flex();
        let layer = LstmConfig::new(4).init(3, &device);
        assert_eq!(values(layer.forward(x(5, &device)).last), values(layer.forward(x(5, &device)).last));
        assert_eq!(layer.kept_batch_size(), None);
    }

    #[test]
    fn another_batch_size_is_refused_until_the_state_is_reset() {
        let device = Device::flex();
        let layer = BidirectionalConfig::new(GruConfig::new(4).with_stateful(true)).init(3, &device);
        layer.forward(x(5, &device));
        let smaller = Sequence::from(x(5, &device).narrow(0, 0, 1));
        let error = layer.check(&smaller, None).unwrap_err();
        assert_eq!(error, SequenceError::StatefulBatch { kept: 2, found: 1 });
        assert!(error.to_string().contains("reset_state"));
        layer.reset_state();
        assert!(layer.check(&smaller, None).is_ok());
    }

    #[test]
    fn a_given_state_goes_before_the_kept_one() {
        let device = Device::flex();
        let layer = GruConfig::new(4).with_stateful(true).init(3, &device);
        let first = layer.forward(x(5, &device));
        let zeros = layer.zero_state(2, &device);
        assert_eq!(values(layer.forward_with(x(5, &device), Some(zeros)).last), values(first.last));
    }

    #[test]
    fn a_clone_goes_on_from_the_same_state_and_its_own_way() {
        let device = Device::flex().autodiff();
        let layer = LstmConfig::new(4).with_stateful(true).init(3, &device);
        layer.forward(x(5, &device));
        // As an optimiser's step and a validation take them.
        let (stepped, validated) = (layer.clone(), layer.valid());
        let expected = values(layer.forward(x(3, &device)).last);
        let plain = device.clone().inner();
        assert_eq!(values(validated.forward(x(3, &plain)).last), expected);
        assert_eq!(values(stepped.forward(x(3, &device)).last), expected);

        layer.reset_state();
        assert_eq!(stepped.kept_batch_size(), Some(2));
    }

    #[test]
    fn no_gradient_flows_into_the_call_before() {
        let device = Device::flex().autodiff();
        let layer = SimpleRnnConfig::new(4).with_stateful(true).init(3, &device);
        let first = x(5, &device).require_grad();
        layer.forward(first.clone());
        let gradients = layer.forward(x(5, &device)).last.sum().backward();
        assert!(first.grad(&gradients).is_none());
    }

    #[test]
    fn a_sequence_that_ended_keeps_its_state_over_the_padding() {
        let device = Device::flex();
        let layer = LstmConfig::new(4).with_stateful(true).init(3, &device);
        let mask = Mask::from_lengths(&[5, 3], 5, &device).unwrap();
        let state = layer.forward(Sequence::masked(x(5, &device), mask)).state;
        let next = layer.forward(x(1, &device)).last;
        layer.reset_state();
        let by_hand = layer.forward_with(x(1, &device), Some(state)).last;
        assert_eq!(values(next), values(by_hand));
    }

    #[test]
    fn a_record_does_not_hold_the_state() {
        let device = Device::flex();
        let config = GruConfig::new(4).with_stateful(true);
        let layer = config.init(3, &device);
        layer.forward(x(5, &device));
        let loaded = config.init(3, &device).load_record(layer.clone().into_record());
        assert_eq!(loaded.kept_batch_size(), None);
        layer.reset_state();
        assert_eq!(values(loaded.forward(x(5, &device)).last), values(layer.forward(x(5, &device)).last));
    }
}

//! Weights that follow a model's, share by share.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::prelude::*;
use firebrick_backend::lerp;

/// Moves every float parameter and buffer of `average` towards the one of the same id in `current` by `share` of their distance.
/// Parameters of other kinds stay as they are.
///
/// Neither may be on an autodiff device. A tensor of `average` that nothing else shares is changed in place.
pub(crate) fn moved_towards<M: Module>(average: M, current: &M, share: f32) -> M {
    let mut tensors = Tensors(GradientsParams::new());
    current.visit(&mut tensors);
    average.map(&mut Mover { current: tensors, share })
}

/// Tensors by parameter id, of any rank.
struct Tensors(GradientsParams);

impl Tensors {
    fn take<const D: usize>(&mut self, id: ParamId) -> Option<Tensor<D>> {
        self.0.remove(id)
    }
}

impl ModuleVisitor for Tensors {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.register(param.id, param.base());
    }
}

struct Mover {
    current: Tensors,
    share: f32,
}

impl ModuleMapper for Mover {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(current) = self.current.take(param.id) else { return param };
        // Consumed, not borrowed: the buffer is this tensor's alone then.
        let (id, average, mapper) = param.consume();
        Param::from_mapped_value(id, lerp(average, current, self.share), mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};

    use super::*;
    use crate::parameters::parameters_of;

    #[derive(Module, Debug)]
    struct Net {
        body: Linear,
        norm: BatchNorm,
    }

    struct Filled(f32);

    impl ModuleMapper for Filled {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.full_like(self.0))
        }
    }

    #[test]
    fn parameters_and_running_statistics_move_by_the_share_and_the_model_stays() {
        let device = Device::flex();
        let net = Net { body: LinearConfig::new(2, 3).init(&device), norm: BatchNormConfig::new(3).init(&device) };
        let model = net.map(&mut Filled(1.0));
        let average = model.valid().map(&mut Filled(5.0));
        let moved = moved_towards(average, &model.valid(), 0.25);
        let values = |model: &Net| parameters_of(model).into_iter().flat_map(|p| p.values).collect::<Vec<f32>>();
        assert_eq!(values(&moved), vec![4.0; 6 + 3 + 4 * 3]);
        assert_eq!(values(&model), vec![1.0; 6 + 3 + 4 * 3]);
    }
}

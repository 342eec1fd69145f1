//! Gradients in double precision against finite differences.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Int, Tensor};

use super::{FEATURES, masks, x};
use crate::{
    BidirectionalConfig, GruConfig, LstmConfig, MergeMode, RecurrentConfig, RecurrentLayer, RecurrentState, Sequence,
    SimpleRnnActivation, SimpleRnnConfig, StackConfig,
};

/// The k-th direction to look in: cos(1.3 i + k).
fn direction<const D: usize>(like: &Tensor<D>, k: usize) -> Tensor<D> {
    let shape = like.dims();
    let places = Tensor::<1, Int>::arange(0..shape.iter().product::<usize>() as i64, &like.device()).float();
    (places.cast(DType::F64) * 1.3 + k as f64).cos().reshape(shape)
}

/// Gives all parameters values by formula, in double precision, a step away along their directions.
struct Nudge {
    step: f64,
    k: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.k += 1;
        parameter.map(|value| {
            let (formula, along) = (direction(&value, self.k + 50) * 0.4, direction(&value, self.k));
            (formula + along * self.step).detach().require_grad()
        })
    }
}

/// The derivative along the directions, from the gradients.
struct Along<'a> {
    gradients: &'a Gradients,
    k: usize,
    sum: f64,
}

impl ModuleVisitor for Along<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.k += 1;
        let gradient = parameter.val().grad(self.gradients).unwrap();
        let along = direction(&gradient, self.k);
        self.sum += (gradient * along).sum().into_scalar::<f64>();
    }
}

fn loss<L: RecurrentLayer>(layer: &L, x: &Tensor<3>, mask: &firebrick_layers::Mask) -> Tensor<1> {
    let output = layer.forward(Sequence::masked(x.clone(), mask.clone()));
    let states = output.state.tensors().into_iter().map(|(_, tensor)| tensor.sin().sum());
    let y = output.sequence.values;
    let weighted = (y.clone() * direction(&y, 0)).sum() + (output.last * 0.7).exp().sum();
    states.fold(weighted, |sum, state| sum + state)
}

#[test]
fn gradients_are_the_limits_of_finite_differences() {
    const STEP: f64 = 1e-5;
    let device = Device::flex().autodiff();
    for mask in masks(&device) {
        for_each_layer!(&device, |layer| {
            let at = |step: f64| {
                let layer = layer.clone().map(&mut Nudge { step, k: 0 });
                let x = x(&device).cast(DType::F64);
                let x = (x.clone() + direction(&x, 99) * step).require_grad();
                let loss = loss(&layer, &x, &mask);
                (layer, x, loss)
            };
            let value = |step: f64| at(step).2.into_scalar::<f64>();
            let expected = (value(STEP) - value(-STEP)) / (2.0 * STEP);

            let (here, x, loss) = at(0.0);
            let gradients = loss.backward();
            let mut along = Along { gradients: &gradients, k: 0, sum: 0.0 };
            here.visit(&mut along);
            let of_input = x.grad(&gradients).unwrap();
            let found = along.sum + (of_input.clone() * direction(&of_input, 99)).sum().into_scalar::<f64>();
            let off = (found - expected).abs() / expected.abs().max(1.0);
            assert!(off <= 1e-6, "{found} instead of {expected} in {layer:?}");
        });
    }
}

//! The numbers of Keras's RNN and ConvLSTM2D (`tests/fixtures/keras_cells.py` writes them), and what the tests that
//! compare with them share. What goes in is a formula of the index, the same here and there.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use firebrick_layers::Mask;
use serde::Deserialize;

use crate::{AnyCellConfig, ConvLstm2dConfig};

#[derive(Deserialize)]
pub(crate) struct Fixture {
    pub(crate) cells: Vec<CellCase>,
    pub(crate) films: Vec<FilmCase>,
}

/// A run over `[3, 5, 3]`.
#[derive(Deserialize)]
pub(crate) struct CellCase {
    pub(crate) name: String,
    pub(crate) cells: Vec<AnyCellConfig>,
    pub(crate) mask: Option<Vec<Vec<u8>>>,
    pub(crate) go_backwards: bool,
    pub(crate) zero_output_for_mask: bool,
    pub(crate) initial_state: bool,
    #[serde(flatten)]
    pub(crate) expected: Numbers,
}

#[derive(Deserialize)]
pub(crate) struct FilmCase {
    pub(crate) name: String,
    pub(crate) config: ConvLstm2dConfig,
    pub(crate) films: [usize; 5],
    pub(crate) mask: Option<Vec<Vec<u8>>>,
    pub(crate) initial_state: bool,
    pub(crate) output_shape: [usize; 5],
    #[serde(flatten)]
    pub(crate) expected: Numbers,
}

/// What comes out.
#[derive(Deserialize)]
pub(crate) struct Numbers {
    sequence: Vec<f32>,
    states: Vec<Vec<f32>>,
    x_gradient: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    state_gradients: Vec<Vec<f32>>,
}

pub(crate) fn read() -> Fixture {
    serde_json::from_str(include_str!("../tests/fixtures/keras_cells.json")).unwrap()
}

pub(crate) fn mask(rows: &Option<Vec<Vec<u8>>>, device: &Device) -> Option<Mask> {
    let rows = rows.as_ref()?;
    let rows: Vec<Vec<bool>> = rows.iter().map(|row| row.iter().map(|step| *step == 1).collect()).collect();
    Some(Mask::from_rows(&rows, device).unwrap())
}

/// Element i is `value(i)`, computed in double precision.
pub(crate) fn formula<const D: usize>(shape: [usize; D], device: &Device, value: impl Fn(f64) -> f64) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| value(i as f64) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The input, whose gradient is wanted on an autodiff device.
pub(crate) fn input<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let x = formula(shape, device, |i| 1.5 * (0.37 * i + 0.1).sin());
    if device.is_autodiff() { x.require_grad() } else { x }
}

/// The k-th tensor of an initial state, whose gradient is wanted.
pub(crate) fn initial<const D: usize>(k: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
    formula(shape, device, |i| 0.5 * (0.61 * i + k as f64).sin()).require_grad()
}

/// Gives the k-th parameter its formula; those at `scales` are around 1.
pub(crate) fn with_formulas<M: Module>(module: M, scales: &[usize]) -> M {
    module.map(&mut Assign { k: 0, scales })
}

struct Assign<'a> {
    k: usize,
    scales: &'a [usize],
}

impl ModuleMapper for Assign<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (k, offset) = (self.k as f64, if self.scales.contains(&self.k) { 1.0 } else { 0.0 });
        self.k += 1;
        parameter.map(|old| formula(old.dims(), &old.device(), |i| offset + 0.3 * (0.7 * i + k).cos()).require_grad())
    }
}

/// What came out, to be compared.
pub(crate) struct Run<const D: usize, const S: usize> {
    pub(crate) x: Tensor<D>,
    pub(crate) sequence: Tensor<D>,
    pub(crate) initial: Vec<Tensor<S>>,
    pub(crate) states: Vec<Tensor<S>>,
}

impl<const D: usize, const S: usize> Run<D, S> {
    /// Largest deviations forward and of the gradients.
    pub(crate) fn deviations(self, module: &impl Module, expected: &Numbers) -> (f32, f32) {
        let device = self.x.device();
        let mut loss = weighted(self.sequence.clone(), 0.23, 0.0, &device);
        for (k, state) in self.states.iter().enumerate() {
            loss = loss + weighted(state.clone(), 0.31, k as f64, &device);
        }
        let gradients = loss.backward();

        let states: Vec<_> = self.states.into_iter().map(values).collect();
        let forward = deviation(&values(self.sequence), &expected.sequence).max(deviations(&states, &expected.states));
        let initial: Vec<_> = self.initial.iter().map(|state| values(state.grad(&gradients).unwrap())).collect();
        let x = values(self.x.grad(&gradients).unwrap());
        let backward = [
            deviation(&x, &expected.x_gradient),
            deviations(&parameter_gradients(module, &gradients), &expected.gradients),
            deviations(&initial, &expected.state_gradients),
        ];
        (forward, backward.into_iter().fold(0.0, f32::max))
    }
}

fn weighted<const D: usize>(x: Tensor<D>, frequency: f64, shift: f64, device: &Device) -> Tensor<1> {
    let weights = formula(x.dims(), device, |i| (frequency * i + shift).cos());
    (x * weights).sum()
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The gradients of all parameters, in order.
pub(crate) fn parameter_gradients(module: &impl Module, gradients: &Gradients) -> Vec<Vec<f32>> {
    struct Read<'a>(&'a Gradients, Vec<Vec<f32>>);
    impl ModuleVisitor for Read<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            self.1.push(values(parameter.val().grad(self.0).expect("a gradient reaches the parameter")));
        }
    }
    let mut read = Read(gradients, vec![]);
    module.visit(&mut read);
    read.1
}

/// Largest difference, relative to the largest expected number where that is above 1.
fn deviation(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1f32, |largest, value| largest.max(value.abs()));
    let worst = found.iter().zip(expected).fold(0f32, |worst, (a, b)| match (a - b).abs() {
        difference if difference.is_nan() => f32::INFINITY,
        difference => worst.max(difference),
    });
    worst / largest
}

fn deviations(found: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(found, expected)| deviation(found, expected)).fold(0.0, f32::max)
}

/// All failures in one message, the largest deviations on standard output.
pub(crate) fn assert_parity(what: &str, found: Vec<(String, (f32, f32))>) {
    assert!(found.len() > 10, "{what}: the fixture is not whole");
    let worst = found.iter().fold((0f32, 0f32), |(a, b), (_, (c, d))| (a.max(*c), b.max(*d)));
    println!("{what}: {} cases, largest deviation forward {:.1e}, gradients {:.1e}", found.len(), worst.0, worst.1);
    let failures: Vec<String> = found
        .into_iter()
        .filter(|(_, (forward, backward))| *forward > 1e-5 || *backward > 1e-4)
        .map(|(name, (forward, backward))| format!("{name}: forward {forward:.1e}, gradients {backward:.1e}"))
        .collect();
    assert!(failures.is_empty(), "{what}:\n{}", failures.join("\n"));
}

//! A layer of feed-forward networks in a sequence network: it acts on each step as on a sample of its own.
//!
//! ```text
//! [B, T, F] -> [B·T, F] -> layer -> [B·T, O] -> [B, T, O]        the mask stays
//! ```
//!
//! Keras's Dense, Activation, Dropout, LayerNormalization and BatchNormalization do the same to sequences. Batch
//! normalisation looks at the steps that count alone. `flatten` takes all steps as one sample, padding as zeros.

use burn::module::Module;
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};
use firebrick_layers::list::{Listed, Place, Taps, Trace};
use firebrick_layers::{Activation, Layer, LayerConfig, Mask, NetworkError, Rule, Size};

use super::layer::Apply;
use super::{SequenceShape, Signal};
use crate::Sequence;

/// A layer of feed-forward networks, which acts on each step as on a sample of its own.
#[derive(Module, Debug)]
pub struct PerStep {
    /// The layer.
    pub layer: Layer,
}

impl PerStep {
    pub(crate) fn new(
        config: &LayerConfig,
        input: &SequenceShape,
        at: &Place,
        device: &Device,
    ) -> Result<Self, NetworkError> {
        let sample = match input {
            SequenceShape::Steps(steps, step) if matches!(config, LayerConfig::Flatten(_)) => all_steps(*steps, step),
            other => one_sample(other).map(|(_, sample)| sample),
        };
        let refuse = |rule| Trace::from_place(at).broken(input, rule);
        Ok(Self { layer: config.init(&sample.map_err(refuse)?, at, device)? })
    }
}

pub(crate) fn trace(
    config: &LayerConfig,
    input: &SequenceShape,
    trace: &mut Trace,
) -> Result<SequenceShape, NetworkError> {
    if let (LayerConfig::Flatten(_), SequenceShape::Steps(steps, step)) = (config, input) {
        let sample = all_steps(*steps, step).map_err(|rule| trace.broken(input, rule))?;
        return config.trace(&sample, trace).map(SequenceShape::Whole);
    }
    let (steps, sample) = one_sample(input).map_err(|rule| trace.broken(input, rule))?;
    match steps {
        Some(steps) => {
            let output = trace.per_step(steps, |trace| config.trace(&sample, trace))?;
            Ok(SequenceShape::Steps(steps, output))
        }
        None => config.trace(&sample, trace).map(SequenceShape::Whole),
    }
}

/// What the layer sees as one sample, and how many steps there are of it.
pub(crate) fn one_sample(input: &SequenceShape) -> Result<(Option<Size>, Vec<usize>), Rule> {
    match input {
        SequenceShape::Ids(_) => Err(Rule::Axes { expected: "numbers, not ids", hint: "; put an embedding before it" }),
        SequenceShape::Steps(steps, step) => Ok((Some(*steps), step.clone())),
        SequenceShape::Whole(sample) => Ok((None, sample.clone())),
    }
}

/// All steps as one sample, `[T, ...]`.
fn all_steps(steps: Size, step: &[usize]) -> Result<Vec<usize>, Rule> {
    match steps {
        Size::Fixed(steps) => Ok([&[steps], step].concat()),
        Size::Steps => Err(Rule::Axes {
            expected: "a known number of steps",
            hint: "; give the input its steps, or put a pooling over the steps or last_step before it",
        }),
    }
}

impl Apply for PerStep {
    fn apply(&self, x: Signal) -> Signal {
        match (&self.layer, x) {
            (Layer::Flatten(_), x @ (Signal::Sequence(_) | Signal::Pictures { .. })) => flattened(x.cleaned()),
            (layer, x) => {
                let used_alone = matches!(layer, Layer::BatchNorm(_)).then(|| x.shape().split_off(2));
                each_step(x, used_alone.as_deref(), |x| layer.apply(x, &mut Taps::default()))
            }
        }
    }
}

/// All steps as one sample. The mask ends here, so what does not count is zero.
fn flattened(x: Signal) -> Signal {
    match x {
        Signal::Pictures { values, .. } => Signal::Whole(values.flatten::<2>(1, 4).into()),
        x => Signal::Whole(x.into_sequence().values.flatten::<2>(1, 2).into()),
    }
}

/// Runs `f` on all steps as rows of one batch. With `used_alone`, the shape of what `f` makes of one step, it runs on the
/// steps that count, and the others become zeros.
///
/// # Panics
/// When there are ids.
pub(crate) fn each_step(x: Signal, used_alone: Option<&[usize]>, f: impl FnOnce(Activation) -> Activation) -> Signal {
    let (rows, steps, mask) = match x {
        Signal::Whole(x) => return Signal::Whole(f(x)),
        Signal::Sequence(Sequence { values, mask }) => {
            let [batch, steps, features] = values.dims();
            (Activation::from(values.reshape([batch * steps, features])), [batch, steps], mask)
        }
        Signal::Pictures { values, mask } => {
            let [batch, steps, channels, height, width] = values.dims();
            let rows = values.reshape([batch * steps, channels, height, width]);
            (Activation::from(rows), [batch, steps], mask)
        }
        ids @ Signal::Ids { .. } => panic!("numbers were asked for, but there are ids of shape {:?}", ids.shape()),
    };
    let y = match mask.as_ref().zip(used_alone) {
        Some((mask, output)) => on_used_rows(rows, mask, output, f),
        None => f(rows),
    };
    in_steps(y, steps, mask)
}

/// The rows `[B·T, ...]` as steps.
pub(crate) fn in_steps(rows: Activation, [batch, steps]: [usize; 2], mask: Option<Mask>) -> Signal {
    match *rows.shape() {
        [_, features] => {
            let values = rows.into_tensor::<2>().reshape([batch, steps, features]);
            Signal::Sequence(Sequence { values, mask })
        }
        [_, channels, height, width] => {
            let values = rows.into_tensor::<4>().reshape([batch, steps, channels, height, width]);
            Signal::Pictures { values, mask }
        }
        ref shape => panic!("layers give [B, F] or [B, C, H, W], not the shape {shape:?}"),
    }
}

/// Takes the rows that count, and puts what becomes of them in their places. Waits for the device.
fn on_used_rows(
    rows: Activation,
    mask: &Mask,
    output: &[usize],
    f: impl FnOnce(Activation) -> Activation,
) -> Activation {
    let used = mask.rows().concat();
    let places: Vec<i64> = (0i64..).zip(&used).filter_map(|(row, used)| used.then_some(row)).collect();
    if places.len() == used.len() {
        return f(rows);
    }
    let device = mask.steps().device();
    if places.is_empty() {
        return match *output {
            [features] => Tensor::<2>::zeros([used.len(), features], &device).into(),
            _ => Tensor::<4>::zeros([used.len(), output[0], output[1], output[2]], &device).into(),
        };
    }
    let count = places.len();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &device);
    let y = match rows.shape().len() {
        2 => f(rows.into_tensor::<2>().select(0, places.clone()).into()),
        _ => f(rows.into_tensor::<4>().select(0, places.clone()).into()),
    };
    match y.shape().len() {
        2 => put_back::<2>(y.into_tensor(), places, used.len()).into(),
        _ => put_back::<4>(y.into_tensor(), places, used.len()).into(),
    }
}

/// Zeros with these rows at their places.
fn put_back<const D: usize>(rows: Tensor<D>, places: Tensor<1, Int>, all: usize) -> Tensor<D> {
    let mut shape = rows.dims();
    shape[0] = all;
    Tensor::zeros(shape, &rows.device()).select_assign(0, places, rows, IndexingUpdateOp::Add)
}

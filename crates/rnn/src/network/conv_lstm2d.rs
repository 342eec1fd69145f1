//! `ConvLstm2d` in a network's list: films `[T, C, H, W]` to films `[T, F, H', W']`, or to one picture `[F, H', W']`.
//!
//! A [`NetworkState`](super::NetworkState) holds its maps flat, `[B, F·H'·W']`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::list::{Cost, Trace};
use firebrick_layers::{NetworkError, Rule, Size};

use super::pass::Pass;
use super::{SequenceShape, Signal};
use crate::{ConvLstm2d, ConvLstm2dConfig, ConvLstm2dState};

/// LSTM over films, in a network.
#[derive(Module, Debug)]
pub struct SequenceConvLstm2d {
    /// The layer.
    pub layer: ConvLstm2d,
    /// Shape of an output, `[F, H', W']`.
    #[module(skip)]
    map: [usize; 3],
    #[module(skip)]
    return_sequences: bool,
}

pub(crate) fn trace(
    config: &ConvLstm2dConfig,
    input: &SequenceShape,
    trace: &mut Trace,
) -> Result<SequenceShape, NetworkError> {
    trace.layer(input, checked(config, input))
}

/// Steps and shape of a picture.
fn films(input: &SequenceShape) -> Result<(Size, [usize; 3]), Rule> {
    match input {
        SequenceShape::Steps(steps, picture) => {
            let picture = <[usize; 3]>::try_from(picture.as_slice());
            picture.map(|picture| (*steps, picture)).map_err(|_| needs_films())
        }
        _ => Err(needs_films()),
    }
}

fn needs_films() -> Rule {
    Rule::Axes { expected: "a picture at each step, [T, C, H, W]", hint: "" }
}

fn checked(config: &ConvLstm2dConfig, input: &SequenceShape) -> Result<(SequenceShape, Cost), Rule> {
    let (steps, picture) = films(input)?;
    let map = config.output_shape(picture)?;
    let pixels = (map[1] as u64).checked_mul(map[2] as u64).ok_or(Rule::Overflow)?;
    let parameters = config.num_params(picture[0]) as u64;
    let biases = if config.bias { 4 * config.filters as u64 } else { 0 };
    let work = [pixels, steps.at_least()].into_iter().try_fold(parameters - biases, u64::checked_mul);
    let cost = Cost { trainable: parameters, multiply_adds: work.ok_or(Rule::Overflow)?, ..Cost::default() };
    match config.return_sequences {
        Some(true) => Ok((SequenceShape::Steps(steps, map.to_vec()), cost)),
        _ => Ok((SequenceShape::Whole(map.to_vec()), cost)),
    }
}

impl SequenceConvLstm2d {
    /// # Panics
    /// When the layer cannot take this shape.
    pub(crate) fn new(config: &ConvLstm2dConfig, input: &SequenceShape, device: &Device) -> Self {
        let made = films(input).and_then(|(_, picture)| Ok((picture[0], config.output_shape(picture)?)));
        match made {
            Ok((channels, map)) => Self {
                layer: config.init(channels, device),
                map,
                return_sequences: config.return_sequences == Some(true),
            },
            Err(rule) => panic!("conv_lstm2d cannot take an input of shape {input}: {rule}"),
        }
    }

    pub(crate) fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
        let mask = x.mask().cloned();
        let state = pass.take_tensors().map(|tensors| self.state(tensors));
        let output = self.layer.forward(x.into_pictures(), mask, state);
        pass.leave_tensors([output.state.hidden, output.state.cell].map(|map| map.flatten(1, 3)).to_vec());
        match self.return_sequences {
            true => Signal::Pictures { values: output.sequence, mask: output.mask },
            false => Signal::Whole(output.last.into()),
        }
    }

    /// The maps of a state.
    fn state(&self, tensors: Vec<Tensor<2>>) -> ConvLstm2dState {
        let [filters, height, width] = self.map;
        let mut maps = tensors.into_iter().map(|flat| {
            let batch = flat.dims()[0];
            flat.reshape([batch, filters, height, width])
        });
        match (maps.next(), maps.next()) {
            (Some(hidden), Some(cell)) => ConvLstm2dState { hidden, cell },
            _ => panic!("conv_lstm2d has a hidden and a cell state: take the state that this network gave"),
        }
    }

    /// The numbers of each part of the state.
    pub(crate) fn state_sizes(&self) -> Vec<usize> {
        vec![self.map.iter().product(); 2]
    }
}

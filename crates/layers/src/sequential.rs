//! A network made from its list of layers.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::fused::{Fused, LONGEST};
use crate::outline::{Outline, Taps};
use crate::read::Place;
use crate::{Activation, Layer, NetworkError, Position, SummaryRow};

/// A feed-forward network, made by [`SequentialConfig::init`](crate::SequentialConfig::init).
///
/// A clone, a record and [`valid`](Module::valid) behave as for any module of Burn: without autodiff, or in validation
/// mode, dropout is off and batch normalisation uses its running statistics.
///
/// Neighbours run as one operation where there is one: a convolution with the activation and the maximum pooling behind it, a
/// dense layer or batch normalisation with the activation. Where the output between them is asked for, they run one by one;
/// the results are the same.
#[derive(Module, Debug)]
pub struct Sequential {
    layers: Vec<Layer>,
    #[module(skip)]
    outline: Outline<Vec<usize>>,
}

impl Sequential {
    /// Makes a list of layers that stands at a place of another network, which has checked its rules.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn within(positions: &[Position], input: &[usize], at: &Place, device: &Device) -> Result<Self, NetworkError> {
        let (outline, stands) = Outline::new(positions, &input.to_vec(), at)?;
        let layers = positions.iter().zip(stands);
        let layers = layers.map(|(position, stand)| position.layer.init(&stand.input, &stand.place, device));
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, outline })
    }

    /// The network's output: `[B, ...input_shape]` to `[B, ...output_shape]`.
    ///
    /// # Panics
    /// When the input has another shape than the network was made for, or the output another rank than `O`.
    pub fn forward<const D: usize, const O: usize>(&self, x: Tensor<D>) -> Tensor<O> {
        self.run(x, &mut Taps::default())
    }

    /// The network's output, and the outputs of all layers that have a name.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_named<const D: usize, const O: usize>(
        &self,
        x: Tensor<D>,
    ) -> (Tensor<O>, BTreeMap<String, Activation>) {
        let mut taps = Taps::new(self.names());
        (self.run(x, &mut taps), taps.into_taken())
    }

    /// The network's output, and the outputs of the layers with these names or places (`conv`, `2.residual.0.conv2d`).
    ///
    /// # Errors
    /// When there is no such layer; the message has those that there are.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_at<const D: usize, const O: usize>(
        &self,
        x: Tensor<D>,
        wanted: &[&str],
    ) -> Result<(Tensor<O>, BTreeMap<String, Activation>), NetworkError> {
        self.outline.check(wanted)?;
        let mut taps = Taps::new(wanted.iter().copied());
        Ok((self.run(x, &mut taps), taps.into_taken()))
    }

    /// Every layer with its place, name, kind, shape and costs, those inside residuals and branches too.
    pub fn positions(&self) -> impl Iterator<Item = &SummaryRow> {
        self.outline.rows().iter()
    }

    /// The names that were given, inside residuals and branches too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.outline.names()
    }

    /// The layer with this name or place, at any depth. Its parameters are a group for
    /// [`freeze_group`](Module::freeze_group) or an optimiser:
    /// [`ParamGroup::ids_from_module`](burn::module::ParamGroup::ids_from_module).
    pub fn layer(&self, wanted: &str) -> Option<&Layer> {
        self.layers.iter().enumerate().find_map(|(index, layer)| match self.outline.is(index, wanted) {
            true => Some(layer),
            false => layer.lists().into_iter().find_map(|list| list.layer(wanted)),
        })
    }

    /// The layers of the list, in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Shape of the input without the batch.
    pub fn input_shape(&self) -> &[usize] {
        self.outline.input_shape()
    }

    /// Shape of the output without the batch: `[classes]` for a classifier.
    pub fn output_shape(&self) -> &[usize] {
        self.outline.output_shape()
    }

    fn run<const D: usize, const O: usize>(&self, x: Tensor<D>, taps: &mut Taps<'_, Activation>) -> Tensor<O> {
        let (shape, expected) = (x.dims(), self.input_shape());
        assert!(
            shape.get(1..) == Some(expected),
            "the network was made for inputs of shape {expected:?} (without the batch), but the input is {shape:?}"
        );
        self.apply(x.into(), taps).into_tensor()
    }

    /// The list's output; what `taps` wants is taken out.
    ///
    /// # Panics
    /// When the input has another shape than the list was made for.
    pub fn apply(&self, mut x: Activation, taps: &mut Taps<'_, Activation>) -> Activation {
        let mut next = 0;
        while let Some(layer) = self.layers.get(next) {
            match self.fused(next, taps) {
                Some(fused) => {
                    x = fused.apply(x);
                    next += fused.len();
                }
                None => {
                    x = layer.apply(x, taps);
                    next += 1;
                }
            }
            self.outline.tap(next - 1, &x, taps);
        }
        x
    }

    /// How many layers each operation of a forward pass takes.
    #[cfg(test)]
    pub(crate) fn operations(&self, taps: &Taps<'_, Activation>) -> Vec<usize> {
        let (mut next, mut lens) = (0, Vec::new());
        while next < self.layers.len() {
            let len = self.fused(next, taps).map_or(1, |fused| fused.len());
            lens.push(len);
            next += len;
        }
        lens
    }

    /// The layers from `first` on that run as one operation: neighbours between which nobody wants an output.
    fn fused(&self, first: usize, taps: &Taps<'_, Activation>) -> Option<Fused<'_>> {
        let unseen = (first..).take_while(|&index| !self.outline.is_tapped(index, taps)).take(LONGEST - 1).count();
        let end = self.layers.len().min(first + unseen + 1);
        Fused::at_start(&self.layers[first..end])
    }
}

#[cfg(test)]
mod tests;

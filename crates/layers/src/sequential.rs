//! A network made from its list of layers.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::read::Place;
use crate::trace::Trace;
use crate::{Activation, Layer, NetworkError, Position, SummaryRow};

/// A feed-forward network, made by [`SequentialConfig::init`](crate::SequentialConfig::init).
///
/// A clone, a record and [`valid`](Module::valid) behave as for any module of Burn: without autodiff, or in validation
/// mode, dropout is off and batch normalisation uses its running statistics.
#[derive(Module, Debug)]
pub struct Sequential {
    layers: Vec<Layer>,
    #[module(skip)]
    outline: Outline,
}

/// What is known of a list of layers beside the layers.
#[derive(Clone, Debug)]
struct Outline {
    input_shape: Vec<usize>,
    output_shape: Vec<usize>,
    /// Place and name of each layer of this list.
    labels: Vec<Label>,
    /// Every layer of this list and inside it.
    rows: Vec<SummaryRow>,
}

#[derive(Clone, Debug)]
struct Label {
    place: String,
    name: Option<String>,
}

/// The outputs to take out on the way, and those taken so far.
#[derive(Default)]
pub(crate) struct Taps<'a> {
    wanted: BTreeSet<&'a str>,
    taken: BTreeMap<String, Activation>,
}

impl Taps<'_> {
    fn take(&mut self, label: &Label, output: &Activation) {
        for key in label.name.iter().chain([&label.place]) {
            if self.wanted.contains(key.as_str()) {
                self.taken.insert(key.clone(), output.clone());
            }
        }
    }
}

impl Sequential {
    /// Makes a list of layers that stands at a place of a network; its rules have been checked.
    pub(crate) fn within(
        positions: &[Position],
        input: &[usize],
        at: &Place,
        device: &Device,
    ) -> Result<Self, NetworkError> {
        let mut whole = Trace::from_place(at);
        let output_shape = whole.list(positions, input)?;
        let (mut layers, mut labels) = (Vec::new(), Vec::new());
        let mut shape = input.to_vec();
        for (index, position) in positions.iter().enumerate() {
            let place = at.position(index, position.layer.kind());
            layers.push(position.layer.init(&shape, &place, device)?);
            shape = position.layer.trace(&shape, &mut Trace::from_place(&place))?;
            labels.push(Label { place: place.to_string(), name: position.name.clone() });
        }
        let outline = Outline { input_shape: input.to_vec(), output_shape, labels, rows: whole.rows };
        Ok(Self { layers, outline })
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
        let wanted = self.names().collect();
        let mut taps = Taps { wanted, taken: BTreeMap::new() };
        (self.run(x, &mut taps), taps.taken)
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
        for &key in wanted {
            if !self.positions().any(|row| row.place == key || row.name.as_deref() == Some(key)) {
                let known: Vec<&str> = self.positions().map(SummaryRow::label).collect();
                return Err(NetworkError::UnknownPosition { wanted: key.to_owned(), known: known.join(", ") });
            }
        }
        let mut taps = Taps { wanted: wanted.iter().copied().collect(), taken: BTreeMap::new() };
        Ok((self.run(x, &mut taps), taps.taken))
    }

    /// Every layer with its place, name, kind, shape and costs, those inside residuals and branches too.
    pub fn positions(&self) -> impl Iterator<Item = &SummaryRow> {
        self.outline.rows.iter()
    }

    /// The names that were given, inside residuals and branches too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.positions().filter_map(|row| row.name.as_deref())
    }

    /// The layer with this name or place, at any depth. Its parameters are a group for
    /// [`freeze_group`](Module::freeze_group) or an optimiser:
    /// [`ParamGroup::ids_from_module`](burn::module::ParamGroup::ids_from_module).
    pub fn layer(&self, wanted: &str) -> Option<&Layer> {
        self.layers.iter().zip(&self.outline.labels).find_map(|(layer, label)| {
            match label.place == wanted || label.name.as_deref() == Some(wanted) {
                true => Some(layer),
                false => layer.lists().into_iter().find_map(|list| list.layer(wanted)),
            }
        })
    }

    /// The layers of the list, in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Shape of the input without the batch.
    pub fn input_shape(&self) -> &[usize] {
        &self.outline.input_shape
    }

    /// Shape of the output without the batch: `[classes]` for a classifier.
    pub fn output_shape(&self) -> &[usize] {
        &self.outline.output_shape
    }

    fn run<const D: usize, const O: usize>(&self, x: Tensor<D>, taps: &mut Taps<'_>) -> Tensor<O> {
        let (shape, expected) = (x.dims(), self.input_shape());
        assert!(
            shape.get(1..) == Some(expected),
            "the network was made for inputs of shape {expected:?} (without the batch), but the input is {shape:?}"
        );
        self.apply(x.into(), taps).into_tensor()
    }

    pub(crate) fn apply(&self, mut x: Activation, taps: &mut Taps<'_>) -> Activation {
        for (layer, label) in self.layers.iter().zip(&self.outline.labels) {
            x = layer.apply(x, taps);
            taps.take(label, &x);
        }
        x
    }
}

#[cfg(test)]
mod tests;

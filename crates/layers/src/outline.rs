//! What a network knows of its layers beside the layers: places, names, shapes; and outputs taken out on the way.

use std::collections::{BTreeMap, BTreeSet};

use crate::list::Listed;
use crate::read::Place;
use crate::trace::Trace;
use crate::{NetworkError, Position, SummaryRow};

/// What is known of a list of layers beside the layers; S is the shape of a sample.
#[derive(Clone, Debug)]
pub struct Outline<S> {
    input_shape: S,
    output_shape: S,
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

impl Label {
    fn is(&self, wanted: &str) -> bool {
        self.place == wanted || self.name.as_deref() == Some(wanted)
    }
}

/// Where one layer of a list stands, and what reaches it.
#[derive(Clone, Debug)]
pub struct Stand<S> {
    /// The place.
    pub place: Place,
    /// The shape that reaches the layer.
    pub input: S,
}

impl<S: Clone> Outline<S> {
    /// The outline of a list that stands at a place of a network, and the stands of its layers.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn new<L: Listed<Shape = S>>(
        positions: &[Position<L>],
        input: &S,
        at: &Place,
    ) -> Result<(Self, Vec<Stand<S>>), NetworkError> {
        let mut whole = Trace::from_place(at);
        let output_shape = whole.list(positions, input)?;
        let (mut labels, mut stands) = (Vec::new(), Vec::new());
        let mut shape = input.clone();
        for (index, position) in positions.iter().enumerate() {
            let place = at.position(index, position.layer.kind());
            let output = position.layer.trace(&shape, &mut Trace::from_place(&place))?;
            labels.push(Label { place: place.to_string(), name: position.name.clone() });
            stands.push(Stand { place, input: std::mem::replace(&mut shape, output) });
        }
        let outline = Self { input_shape: input.clone(), output_shape, labels, rows: whole.into_rows() };
        Ok((outline, stands))
    }

    /// Shape of the input without the batch.
    pub fn input_shape(&self) -> &S {
        &self.input_shape
    }

    /// Shape of the output without the batch.
    pub fn output_shape(&self) -> &S {
        &self.output_shape
    }

    /// Every layer of the list and inside it.
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// The names that were given, those inside too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row.name.as_deref())
    }

    /// Whether layer `index` of the list itself has this name or place.
    pub fn is(&self, index: usize, wanted: &str) -> bool {
        self.labels.get(index).is_some_and(|label| label.is(wanted))
    }

    /// Whether all of these are names or places of layers.
    ///
    /// # Errors
    /// The first that is not, with those that there are.
    pub fn check(&self, wanted: &[&str]) -> Result<(), NetworkError> {
        let known = |key: &str| self.rows.iter().any(|row| row.place == key || row.name.as_deref() == Some(key));
        match wanted.iter().find(|key| !known(key)) {
            None => Ok(()),
            Some(&wanted) => {
                let known: Vec<&str> = self.rows.iter().map(SummaryRow::label).collect();
                Err(NetworkError::UnknownPosition { wanted: wanted.to_owned(), known: known.join(", ") })
            }
        }
    }

    /// Whether the output of layer `index` is to be taken out.
    pub fn is_tapped<V>(&self, index: usize, taps: &Taps<'_, V>) -> bool {
        self.keys(index).any(|key| taps.wanted.contains(key.as_str()))
    }

    /// Takes out the output of layer `index` where it is wanted.
    pub fn tap<V: Clone>(&self, index: usize, output: &V, taps: &mut Taps<'_, V>) {
        for key in self.keys(index) {
            if taps.wanted.contains(key.as_str()) {
                taps.taken.insert(key.clone(), output.clone());
            }
        }
    }

    /// Name and place of layer `index` of the list itself.
    fn keys(&self, index: usize) -> impl Iterator<Item = &String> {
        self.labels.get(index).into_iter().flat_map(|label| label.name.iter().chain([&label.place]))
    }
}

/// The outputs to take out on the way, and those taken so far. The default takes none.
#[derive(Clone, Debug)]
pub struct Taps<'a, V> {
    wanted: BTreeSet<&'a str>,
    taken: BTreeMap<String, V>,
}

impl<V> Default for Taps<'_, V> {
    fn default() -> Self {
        Self { wanted: BTreeSet::new(), taken: BTreeMap::new() }
    }
}

impl<'a, V> Taps<'a, V> {
    /// Takes out the outputs of the layers with these names or places.
    pub fn new(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        Self { wanted: wanted.into_iter().collect(), taken: BTreeMap::new() }
    }

    /// The names and places of the outputs to take out.
    pub fn wanted(&self) -> impl Iterator<Item = &'a str> {
        self.wanted.iter().copied()
    }

    /// Adds an output that was taken out elsewhere.
    pub fn put(&mut self, key: String, output: V) {
        self.taken.insert(key, output);
    }

    /// What was taken out, by the name or place under which it was wanted.
    pub fn into_taken(self) -> BTreeMap<String, V> {
        self.taken
    }
}

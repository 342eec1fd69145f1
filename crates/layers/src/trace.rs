//! The walk through a network that finds every shape, cost and broken rule before anything is allocated.

use std::collections::BTreeMap;

use crate::layer::{Cost, Leaf};
use crate::list::Listed;
use crate::read::Place;
use crate::size::{SampleShape, Size, numbers};
use crate::{NetworkError, Position, Rule, SummaryRow};

/// The most parameters a network may have: 2^28, which are 1 GiB (VGG-16 has 2^27).
pub const MAX_PARAMETERS: u64 = 1 << 28;

/// The most numbers that one sample may take anywhere in the network, padding included: 2^28, which are 1 GiB.
pub const MAX_ACTIVATION: u64 = 1 << 28;

/// How deep residuals and branches may nest.
const MAX_DEPTH: usize = 32;

/// Bytes of one number in memory (f32).
const BYTES: u64 = 4;

/// The walk through a network: where it stands, and what it has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    at: Place,
    depth: usize,
    parameters: u64,
    names: BTreeMap<String, String>,
    /// The steps that the lists inside see one by one.
    steps: Option<Size>,
    pub(crate) rows: Vec<SummaryRow>,
}

impl Trace {
    /// A walk that starts inside a network.
    pub fn from_place(at: &Place) -> Self {
        Self { at: at.clone(), ..Self::default() }
    }

    /// Where the walk stands.
    pub fn at(&self) -> &Place {
        &self.at
    }

    /// The layers seen so far, in order.
    pub fn into_rows(self) -> Vec<SummaryRow> {
        self.rows
    }

    /// Walks through a list of layers; gives the shape of its output.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn list<L: Listed>(&mut self, positions: &[Position<L>], input: &L::Shape) -> Result<L::Shape, NetworkError> {
        let mut shape = input.clone();
        for (index, position) in positions.iter().enumerate() {
            let outer = self.at.clone();
            self.at = outer.position(index, position.layer.kind());
            shape = self.position(position, &shape)?;
            self.at = outer;
        }
        Ok(shape)
    }

    /// Walks through a list inside the layer that the walk stands at.
    ///
    /// # Errors
    /// The first layer that breaks a rule, or lists that nest too deeply.
    pub fn nested<L: Listed>(
        &mut self,
        part: Option<&str>,
        positions: &[Position<L>],
        input: &L::Shape,
    ) -> Result<L::Shape, NetworkError> {
        if self.depth == MAX_DEPTH {
            return Err(self.broken(input, Rule::TooDeep { limit: MAX_DEPTH }));
        }
        let outer = self.at.clone();
        self.at = part.map_or_else(|| outer.clone(), |part| outer.part(part));
        self.depth += 1;
        let output = self.list(positions, input)?;
        self.depth -= 1;
        self.at = outer;
        Ok(output)
    }

    /// Walks through what sees the steps of a sequence one by one: its shapes are those of one step, its work is that of
    /// all steps where their number is known.
    ///
    /// # Errors
    /// What `walk` gives.
    pub fn per_step<T>(
        &mut self,
        steps: Size,
        walk: impl FnOnce(&mut Self) -> Result<T, NetworkError>,
    ) -> Result<T, NetworkError> {
        let outer = self.steps.replace(steps);
        let walked = walk(self);
        self.steps = outer;
        walked
    }

    /// A single layer: checks its rule, its costs and the limits.
    pub(crate) fn leaf<L: Leaf>(&mut self, layer: &L, input: &[usize]) -> Result<Vec<usize>, NetworkError> {
        let checked = || -> Result<(Vec<usize>, Cost), Rule> {
            let output = layer.output_shape(input)?;
            let cost = layer.cost(input, &output)?;
            Ok((output, cost))
        };
        self.layer(input, checked())
    }

    /// The layer that the walk stands at, with its shape and cost, or the rule that it breaks.
    ///
    /// # Errors
    /// The broken rule with the place, or that the network has grown too large.
    pub fn layer<S: SampleShape + ?Sized, T>(
        &mut self,
        input: &S,
        checked: Result<(T, Cost), Rule>,
    ) -> Result<T, NetworkError> {
        let (output, cost) = checked.map_err(|rule| self.broken(input, rule))?;
        self.add_cost(cost).map_err(|rule| self.broken(input, rule))?;
        Ok(output)
    }

    /// The error of the layer that the walk stands at.
    pub fn broken<S: SampleShape + ?Sized>(&self, input: &S, rule: Rule) -> NetworkError {
        let name = self.rows.iter().rev().find(|row| row.place == self.at.to_string());
        let at = match name.and_then(|row| row.name.as_ref()) {
            Some(name) => format!("{} (`{name}`)", self.at),
            None => self.at.to_string(),
        };
        NetworkError::Layer { at, incoming: self.sizes(input), rule }
    }

    /// The shape with the steps before it.
    fn sizes<S: SampleShape + ?Sized>(&self, shape: &S) -> Vec<Size> {
        self.steps.into_iter().chain(shape.sizes()).collect()
    }

    fn position<L: Listed>(&mut self, position: &Position<L>, input: &L::Shape) -> Result<L::Shape, NetworkError> {
        self.take_name(position.name.as_deref())?;
        let row = self.rows.len();
        self.rows.push(SummaryRow {
            place: self.at.to_string(),
            name: position.name.clone(),
            kind: position.layer.kind().to_owned(),
            depth: self.depth,
            output_shape: Vec::new(),
            trainable_parameters: 0,
            non_trainable_parameters: 0,
            multiply_adds: 0,
            activation_bytes: 0,
        });
        let output = position.layer.trace(input, self)?;
        let sizes = self.sizes(&output);
        let count = numbers(&sizes).map_err(|rule| self.broken(input, rule))?;
        if count > MAX_ACTIVATION {
            return Err(self.broken(input, Rule::ActivationTooLarge { count }));
        }
        self.rows[row].output_shape = sizes;
        self.rows[row].activation_bytes = count * BYTES;
        Ok(output)
    }

    fn take_name(&mut self, name: Option<&str>) -> Result<(), NetworkError> {
        let Some(name) = name.map(str::to_owned) else {
            return Ok(());
        };
        let at = self.at.to_string();
        let follows = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !(name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(follows)) {
            return Err(NetworkError::InvalidName { at, name });
        }
        match self.names.insert(name.clone(), at.clone()) {
            None => Ok(()),
            Some(first) => Err(NetworkError::DuplicateName { name, first, second: at }),
        }
    }

    fn add_cost(&mut self, cost: Cost) -> Result<(), Rule> {
        let own = cost.trainable.checked_add(cost.non_trainable).ok_or(Rule::Overflow)?;
        self.parameters = self.parameters.saturating_add(own);
        if self.parameters > MAX_PARAMETERS {
            return Err(Rule::TooManyParameters { count: self.parameters });
        }
        let steps = self.steps.map_or(1, Size::at_least);
        if let Some(row) = self.rows.last_mut() {
            row.trainable_parameters = cost.trainable;
            row.non_trainable_parameters = cost.non_trainable;
            row.multiply_adds = steps.checked_mul(cost.multiply_adds).ok_or(Rule::Overflow)?;
        }
        Ok(())
    }
}

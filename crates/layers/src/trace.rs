//! The walk through a network that finds every shape, cost and broken rule before anything is allocated.

use std::collections::BTreeMap;

use crate::layer::{Cost, Leaf};
use crate::read::Place;
use crate::shape::count;
use crate::{NetworkError, Position, Rule, SummaryRow};

/// The most parameters a network may have: 2^28, which are 1 GiB (VGG-16 has 2^27).
pub const MAX_PARAMETERS: u64 = 1 << 28;

/// The most numbers that one sample may take anywhere in the network, padding included: 2^28, which are 1 GiB.
pub const MAX_ACTIVATION: u64 = 1 << 28;

/// How deep residuals and branches may nest.
const MAX_DEPTH: usize = 32;

/// Bytes of one number in memory (f32).
const BYTES: u64 = 4;

/// What the walk has seen so far.
#[derive(Default)]
pub(crate) struct Trace {
    at: Place,
    depth: usize,
    parameters: u64,
    names: BTreeMap<String, String>,
    pub(crate) rows: Vec<SummaryRow>,
}

impl Trace {
    /// A walk that starts inside a network.
    pub(crate) fn from_place(at: &Place) -> Self {
        Self { at: at.clone(), ..Self::default() }
    }

    /// Walks through a list of layers; gives the shape of its output.
    pub(crate) fn list(&mut self, positions: &[Position], input: &[usize]) -> Result<Vec<usize>, NetworkError> {
        let mut shape = input.to_vec();
        for (index, position) in positions.iter().enumerate() {
            let outer = self.at.clone();
            self.at = outer.position(index, position.layer.kind());
            shape = self.position(position, &shape)?;
            self.at = outer;
        }
        Ok(shape)
    }

    /// Walks through a list inside a residual or a branch.
    pub(crate) fn nested(
        &mut self,
        part: Option<&str>,
        positions: &[Position],
        input: &[usize],
    ) -> Result<Vec<usize>, NetworkError> {
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

    /// A single layer: checks its rule, its costs and the limits.
    pub(crate) fn leaf<L: Leaf>(&mut self, layer: &L, input: &[usize]) -> Result<Vec<usize>, NetworkError> {
        let checked = || -> Result<(Vec<usize>, Cost), Rule> {
            let output = layer.output_shape(input)?;
            let cost = layer.cost(input, &output)?;
            Ok((output, cost))
        };
        let (output, cost) = checked().map_err(|rule| self.broken(input, rule))?;
        self.add_cost(cost).map_err(|rule| self.broken(input, rule))?;
        Ok(output)
    }

    /// The error of the layer that the walk stands at.
    pub(crate) fn broken(&self, input: &[usize], rule: Rule) -> NetworkError {
        let name = self.rows.iter().rev().find(|row| row.place == self.at.to_string());
        let at = match name.and_then(|row| row.name.as_ref()) {
            Some(name) => format!("{} (`{name}`)", self.at),
            None => self.at.to_string(),
        };
        NetworkError::Layer { at, incoming: input.to_vec(), rule }
    }

    fn position(&mut self, position: &Position, input: &[usize]) -> Result<Vec<usize>, NetworkError> {
        self.take_name(position)?;
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
        let numbers = count(&output).map_err(|rule| self.broken(input, rule))?;
        if numbers > MAX_ACTIVATION {
            return Err(self.broken(input, Rule::ActivationTooLarge { count: numbers }));
        }
        self.rows[row].output_shape.clone_from(&output);
        self.rows[row].activation_bytes = numbers * BYTES;
        Ok(output)
    }

    fn take_name(&mut self, position: &Position) -> Result<(), NetworkError> {
        let Some(name) = position.name.clone() else {
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
        if let Some(row) = self.rows.last_mut() {
            row.trainable_parameters = cost.trainable;
            row.non_trainable_parameters = cost.non_trainable;
            row.multiply_adds = cost.multiply_adds;
        }
        Ok(())
    }
}

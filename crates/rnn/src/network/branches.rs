//! Branches of sequence networks: lists of layers side by side, each fed the same input, and merged.
//!
//! ```text
//! y = merge(branch_0(x), branch_1(x), ...)        an empty branch passes x on
//! ```
//!
//! Concatenated are the features. A step of the merged sequence counts that counts in all.

use burn::module::Module;
use burn::tensor::Device;
use firebrick_layers::list::{self, Place, Trace};
use firebrick_layers::{Merge, NetworkError};
use serde_json::{Map, Value};

use super::arms;
use super::layer::{Container, Nested};
use super::pass::Pass;
use super::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal};

/// Configuration of [`SequenceBranches`].
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceBranchesConfig {
    /// How the outputs become one. Default add.
    pub merge: Merge,
    /// The branches; an empty one passes its input on.
    pub branches: Vec<SequenceNetworkConfig>,
}

impl SequenceBranchesConfig {
    /// Feeds the input to every branch and merges what comes out.
    pub fn new(merge: Merge, branches: impl IntoIterator<Item = SequenceNetworkConfig>) -> Self {
        Self { merge, branches: branches.into_iter().collect() }
    }
}

impl Container for SequenceBranchesConfig {
    type Layer = SequenceBranches;

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let merge = list::take(&mut table, "merge", at)?;
        let Some(Value::Array(lists)) = table.shift_remove("branches") else {
            return Err(at.wrong("`branches` must be a list of lists of layers"));
        };
        list::nothing_left(&table, "`name`, `merge`, `branches`", at)?;
        let branches = lists.into_iter().enumerate().map(|(branch, layers)| {
            list::positions(layers, &at.part(&branch.to_string())).map(SequenceNetworkConfig::from_iter)
        });
        Ok(Self { merge, branches: branches.collect::<Result<_, _>>()? })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        let branches = self.branches.iter().map(|branch| list::write(branch.positions()));
        let branches = branches.collect::<Result<Vec<_>, _>>()?;
        Ok(Value::Object(Map::from_iter([
            ("merge".to_owned(), serde_json::to_value(self.merge)?),
            ("branches".to_owned(), Value::Array(branches)),
        ])))
    }

    fn arms(&self) -> Vec<&SequenceNetworkConfig> {
        self.branches.iter().collect()
    }

    fn arms_mut(&mut self) -> Vec<&mut SequenceNetworkConfig> {
        self.branches.iter_mut().collect()
    }

    fn trace(&self, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError> {
        let mut shapes = Vec::new();
        for (branch, layers) in self.branches.iter().enumerate() {
            shapes.push(trace.nested(Some(&branch.to_string()), layers.positions(), input)?);
        }
        arms::merged_shape(self.merge, &shapes).map_err(|rule| trace.broken(input, rule))
    }

    fn init_within(
        &self,
        input: &SequenceShape,
        at: &Place,
        device: &Device,
    ) -> Result<SequenceBranches, NetworkError> {
        let branches = self.branches.iter().enumerate().map(|(branch, layers)| {
            SequenceNetwork::within(layers.positions(), input, &at.part(&branch.to_string()), device)
        });
        Ok(SequenceBranches { branches: branches.collect::<Result<_, _>>()?, merge: self.merge })
    }
}

/// Lists of layers over sequences side by side, merged.
#[derive(Module, Debug)]
pub struct SequenceBranches {
    /// The branches.
    pub branches: Vec<SequenceNetwork>,
    #[module(skip)]
    merge: Merge,
}

impl Nested for SequenceBranches {
    fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
        let outputs = self.branches.iter().map(|branch| branch.pass(x.clone(), pass));
        arms::merged(outputs.collect(), self.merge)
    }

    fn lists(&self) -> Vec<&SequenceNetwork> {
        self.branches.iter().collect()
    }
}

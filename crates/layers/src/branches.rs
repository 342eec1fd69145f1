//! Branches: lists of layers side by side, each fed the same input, and merged (Keras's merging layers).
//!
//! ```text
//! y = merge(branch_0(x), branch_1(x), ...)        an empty branch passes x on
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::layer::{Container, Nested};
use crate::read::{self, Place};
use crate::sequential::Taps;
use crate::trace::Trace;
use crate::{Activation, NetworkError, Rule, Sequential, SequentialConfig};

/// How the outputs of branches become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Their sum; all shapes equal.
    #[default]
    Add,
    /// Their mean; all shapes equal.
    Average,
    /// The largest of each number; all shapes equal.
    Maximum,
    /// Their product; all shapes equal.
    Multiply,
    /// One after the other along the channels or features; all other sizes equal.
    Concatenate,
}

impl Merge {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Average => "average",
            Self::Maximum => "take the maximum of",
            Self::Multiply => "multiply",
            Self::Concatenate => "concatenate",
        }
    }
}

/// Configuration of [`Branches`].
#[derive(Clone, Debug, PartialEq)]
pub struct BranchesConfig {
    /// How the outputs become one. Default add.
    pub merge: Merge,
    /// The branches; an empty one passes its input on.
    pub branches: Vec<SequentialConfig>,
}

impl BranchesConfig {
    /// Feeds the input to every branch and merges what comes out.
    pub fn new(merge: Merge, branches: impl IntoIterator<Item = SequentialConfig>) -> Self {
        Self { merge, branches: branches.into_iter().collect() }
    }

    fn merged_shape(&self, shapes: &[Vec<usize>]) -> Result<Vec<usize>, Rule> {
        let Some(first) = shapes.first() else {
            return Err(Rule::NoBranches);
        };
        let concatenate = self.merge == Merge::Concatenate;
        let agree = |other: &Vec<usize>| match concatenate {
            true => other.len() == first.len() && other[1..] == first[1..],
            false => other == first,
        };
        if let Some(branch) = shapes.iter().position(|other| !agree(other)) {
            return Err(Rule::BranchShapes {
                first: first.clone(),
                branch,
                other: shapes[branch].clone(),
                merge: self.merge.name(),
                needed: match concatenate {
                    true => "all sizes but the first, the channels or features, must be equal",
                    false => "all sizes must be equal",
                },
            });
        }
        let mut merged = first.clone();
        if concatenate {
            let channels = shapes.iter().try_fold(0usize, |sum, shape| sum.checked_add(shape[0]));
            merged[0] = channels.ok_or(Rule::Overflow)?;
        }
        Ok(merged)
    }
}

impl Container for BranchesConfig {
    type Layer = Branches;

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let merge = read::take(&mut table, "merge", at)?;
        let Some(Value::Array(lists)) = table.shift_remove("branches") else {
            return Err(at.wrong("`branches` must be a list of lists of layers"));
        };
        read::nothing_left(&table, "`name`, `merge`, `branches`", at)?;
        let branches = lists.into_iter().enumerate().map(|(branch, list)| {
            read::positions(list, &at.part(&branch.to_string())).map(SequentialConfig::from_iter)
        });
        Ok(Self { merge, branches: branches.collect::<Result<_, _>>()? })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        let branches = self.branches.iter().map(|branch| read::write(branch.positions()));
        let branches = branches.collect::<Result<Vec<_>, _>>()?;
        Ok(Value::Object(Map::from_iter([
            ("merge".to_owned(), serde_json::to_value(self.merge)?),
            ("branches".to_owned(), Value::Array(branches)),
        ])))
    }

    fn trace(&self, input: &[usize], trace: &mut Trace) -> Result<Vec<usize>, NetworkError> {
        let shapes = self
            .branches
            .iter()
            .enumerate()
            .map(|(branch, layers)| trace.nested(Some(&branch.to_string()), layers.positions(), input));
        let shapes = shapes.collect::<Result<Vec<_>, _>>()?;
        self.merged_shape(&shapes).map_err(|rule| trace.broken(input, rule))
    }

    fn init_within(&self, input: &[usize], at: &Place, device: &Device) -> Result<Branches, NetworkError> {
        let branches = self.branches.iter().enumerate().map(|(branch, layers)| {
            Sequential::within(layers.positions(), input, &at.part(&branch.to_string()), device)
        });
        Ok(Branches { branches: branches.collect::<Result<_, _>>()?, merge: self.merge })
    }
}

/// Lists of layers side by side, merged.
#[derive(Module, Debug)]
pub struct Branches {
    /// The branches.
    pub branches: Vec<Sequential>,
    #[module(skip)]
    merge: Merge,
}

impl Nested for Branches {
    fn apply_tapped(&self, x: Activation, taps: &mut Taps<'_>) -> Activation {
        let outputs = self.branches.iter().map(|branch| branch.apply(x.clone(), taps));
        let outputs: Vec<Activation> = outputs.collect();
        match outputs.first() {
            Some(Activation::Rank2(_)) => self.merged::<2>(outputs).into(),
            Some(Activation::Rank4(_)) => self.merged::<4>(outputs).into(),
            None => x,
        }
    }

    fn lists(&self) -> Vec<&Sequential> {
        self.branches.iter().collect()
    }
}

impl Branches {
    fn merged<const D: usize>(&self, outputs: Vec<Activation>) -> Tensor<D> {
        let count = outputs.len() as f64;
        let outputs = outputs.into_iter().map(Activation::into_tensor::<D>);
        let merged = match self.merge {
            Merge::Concatenate => return Tensor::cat(outputs.collect(), 1),
            Merge::Add => outputs.reduce(|a, b| a + b),
            Merge::Average => outputs.reduce(|a, b| a + b).map(|sum| sum / count),
            Merge::Maximum => outputs.reduce(Tensor::max_pair),
            Merge::Multiply => outputs.reduce(|a, b| a * b),
        };
        merged.expect("branches are refused when there are none")
    }
}

/// Sum of two values of one shape.
pub(crate) fn added(a: Activation, b: Activation) -> Activation {
    match a {
        Activation::Rank2(a) => (a + b.into_tensor()).into(),
        Activation::Rank4(a) => (a + b.into_tensor()).into(),
    }
}

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
use crate::list::SampleShape;
use crate::outline::Taps;
use crate::read::{self, Place};
use crate::trace::Trace;
use crate::{Activation, NetworkError, Rule, Sequential, SequentialConfig, Size};

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

    /// The size along `axis` of what branches of these shapes become; all other sizes are those of the first. Axis 0
    /// comes after the batch.
    ///
    /// # Errors
    /// When there is no branch, or the shapes do not fit.
    pub fn merged_size<S: SampleShape>(self, shapes: &[S], axis: usize) -> Result<Size, Rule> {
        let sizes: Vec<Vec<Size>> = shapes.iter().map(SampleShape::sizes).collect();
        let Some(first) = sizes.first() else {
            return Err(Rule::NoBranches);
        };
        let concatenate = self == Self::Concatenate;
        let agree = |other: &Vec<Size>| match concatenate {
            true => other.len() == first.len() && (0..first.len()).all(|i| i == axis || other[i] == first[i]),
            false => other == first,
        };
        if let Some(branch) = sizes.iter().position(|other| !agree(other)) {
            return Err(self.mismatch(&shapes[0], branch, &shapes[branch]));
        }
        if !concatenate {
            return Ok(first[axis]);
        }
        let fixed = sizes.iter().map(|sizes| match sizes[axis] {
            Size::Fixed(size) => Some(size),
            Size::Steps => None,
        });
        let sum = fixed.reduce(|a, b| a?.checked_add(b?)).flatten();
        sum.map(Size::Fixed).ok_or(Rule::Overflow)
    }

    /// The error of a branch that does not fit the first.
    pub fn mismatch<S: SampleShape>(self, first: &S, branch: usize, other: &S) -> Rule {
        Rule::BranchShapes {
            first: first.sizes(),
            branch,
            other: other.sizes(),
            merge: self.name(),
            needed: match self {
                Self::Concatenate => "all sizes but that of the channels or features must be equal",
                _ => "all sizes must be equal",
            },
        }
    }

    /// Merges the outputs of branches, of which there is at least one; `axis` is that of the channels or features.
    ///
    /// # Panics
    /// When there is none, or the shapes do not fit.
    pub fn forward<const D: usize>(self, outputs: Vec<Tensor<D>>, axis: usize) -> Tensor<D> {
        let count = outputs.len() as f64;
        let merged = match self {
            Self::Concatenate => return Tensor::cat(outputs, axis),
            Self::Add => outputs.into_iter().reduce(|a, b| a + b),
            Self::Average => outputs.into_iter().reduce(|a, b| a + b).map(|sum| sum / count),
            Self::Maximum => outputs.into_iter().reduce(Tensor::max_pair),
            Self::Multiply => outputs.into_iter().reduce(|a, b| a * b),
        };
        merged.expect("branches are refused when there are none")
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
}

impl BranchesConfig {
    fn merged_shape(&self, shapes: Vec<Vec<usize>>) -> Result<Vec<usize>, Rule> {
        let channels = self.merge.merged_size(&shapes, 0)?;
        let mut merged = shapes.into_iter().next().ok_or(Rule::NoBranches)?;
        if let Size::Fixed(channels) = channels {
            merged[0] = channels;
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
            .map(|(branch, layers)| trace.nested(Some(&branch.to_string()), layers.positions(), &input.to_vec()));
        let shapes = shapes.collect::<Result<Vec<_>, _>>()?;
        self.merged_shape(shapes).map_err(|rule| trace.broken(input, rule))
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
    fn apply_tapped(&self, x: Activation, taps: &mut Taps<'_, Activation>) -> Activation {
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
        self.merge.forward(outputs.into_iter().map(Activation::into_tensor).collect(), 1)
    }
}

/// Sum of two values of one shape.
pub(crate) fn added(a: Activation, b: Activation) -> Activation {
    match a {
        Activation::Rank2(a) => (a + b.into_tensor()).into(),
        Activation::Rank4(a) => (a + b.into_tensor()).into(),
    }
}

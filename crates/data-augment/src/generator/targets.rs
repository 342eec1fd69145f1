//! What goes with a batch of pictures: Keras's class modes.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::error::AugmentError;

/// Keras's `class_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassMode {
    /// A row with 1 for the class and 0 for the others. The default for folders and tables.
    #[default]
    Categorical,
    /// 0 or 1, for two classes.
    Binary,
    /// The number of the class.
    Sparse,
    /// The pictures themselves.
    Input,
    /// The numbers of the columns as they are.
    Raw,
    /// The numbers of the columns, each column apart.
    MultiOutput,
    /// Nothing.
    None,
}

impl ClassMode {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Categorical => "categorical",
            Self::Binary => "binary",
            Self::Sparse => "sparse",
            Self::Input => "input",
            Self::Raw => "raw",
            Self::MultiOutput => "multi_output",
            Self::None => "none",
        }
    }
}

/// Keras's `subset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    /// All but the first `validation_split` of the data.
    Training,
    /// The first `validation_split` of the data.
    Validation,
}

impl Subset {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validation => "validation",
        }
    }

    /// Which of so many samples belong to it.
    pub(super) fn range(self, split: f64, samples: usize) -> Result<std::ops::Range<usize>, AugmentError> {
        let subset = self.name();
        if split == 0.0 {
            return Err(AugmentError::NoSplit { subset });
        }
        let at = (split * samples as f64) as usize;
        let range = if self == Self::Validation { 0..at } else { at..samples };
        if range.is_empty() {
            return Err(AugmentError::EmptySubset { subset, split, pictures: samples });
        }
        Ok(range)
    }
}

/// What goes with each picture, before batches are made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Labels {
    mode: ClassMode,
    /// The class of each picture, for the modes with classes.
    classes: Vec<u32>,
    class_count: usize,
    /// Rows of numbers, for `raw` and `multi_output`.
    rows: Vec<Vec<f32>>,
}

impl Labels {
    pub(super) fn of_classes(mode: ClassMode, classes: Vec<u32>, class_count: usize) -> Result<Self, AugmentError> {
        let refuse = |needs, found: String| Err(AugmentError::ClassMode { mode: mode.name(), needs, found });
        match mode {
            ClassMode::Binary if class_count != 2 => refuse("two classes", format!("{class_count} classes")),
            ClassMode::Raw | ClassMode::MultiOutput => refuse("columns of numbers", "classes".into()),
            _ => Ok(Self { mode, classes, class_count, rows: Vec::new() }),
        }
    }

    pub(super) fn of_numbers(mode: ClassMode, rows: Vec<Vec<f32>>) -> Self {
        Self { mode, classes: Vec::new(), class_count: 0, rows }
    }

    /// What goes with the pictures at these positions, which are `x`.
    pub(super) fn batch(&self, at: &[usize], x: &Tensor<4>, device: &Device) -> GeneratedTargets {
        let count = at.len();
        let floats = |values: Vec<f32>, columns: usize| {
            Tensor::<2>::from_data(TensorData::new(values, [count, columns]), device)
        };
        match self.mode {
            ClassMode::None => GeneratedTargets::None,
            ClassMode::Input => GeneratedTargets::Input(x.clone()),
            ClassMode::Categorical => {
                let mut rows = vec![0.0; count * self.class_count];
                for (row, &i) in at.iter().enumerate() {
                    rows[row * self.class_count + self.classes[i] as usize] = 1.0;
                }
                GeneratedTargets::Categorical(floats(rows, self.class_count))
            }
            ClassMode::Binary | ClassMode::Sparse => {
                let classes: Vec<i64> = at.iter().map(|&i| i64::from(self.classes[i])).collect();
                GeneratedTargets::Sparse(Tensor::from_data(TensorData::new(classes, [count]), device))
            }
            ClassMode::Raw => {
                let columns = self.rows.first().map_or(0, Vec::len);
                GeneratedTargets::Raw(floats(at.iter().flat_map(|&i| self.rows[i].iter().copied()).collect(), columns))
            }
            ClassMode::MultiOutput => {
                let columns = self.rows.first().map_or(0, Vec::len);
                let column = |c: usize| floats(at.iter().map(|&i| self.rows[i][c]).collect(), 1);
                GeneratedTargets::MultiOutput((0..columns).map(column).collect())
            }
        }
    }
}

/// What goes with a batch of pictures.
#[derive(Clone, Debug)]
pub enum GeneratedTargets {
    /// `[B, classes]`, one 1 in each row.
    Categorical(Tensor<2>),
    /// `[B]`, the number of the class; binary modes too.
    Sparse(Tensor<1, Int>),
    /// The pictures.
    Input(Tensor<4>),
    /// `[B, columns]`.
    Raw(Tensor<2>),
    /// `[B, 1]` for each column.
    MultiOutput(Vec<Tensor<2>>),
    /// Nothing.
    None,
}

//! What can be wrong with a fit, whatever is learnt.

/// One variant per rule.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A setting of [`FitConfig`](super::FitConfig) out of its range.
    #[error("{setting} = {value} is out of range: {rule}")]
    Setting {
        /// The field.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Class weights that are not one for each class.
    #[error("{weights} class weights for {classes} classes: give one for each, in the order of the classes")]
    ClassWeightCount {
        /// Weights given.
        weights: usize,
        /// Classes there are.
        classes: usize,
    },
    /// A class weight that no loss can be multiplied by.
    #[error("class {class:?} has weight {weight}: a weight is a finite number of at least 0")]
    ClassWeight {
        /// Name of the class.
        class: String,
        /// Its weight.
        weight: f32,
    },
    /// Class weights under which nothing counts.
    #[error("all {classes} classes have weight 0: nothing could be learnt; give at least one a weight above 0")]
    NoClassWeight {
        /// Classes there are.
        classes: usize,
    },
    /// Training stopped on an error.
    #[error("training stopped: {0}")]
    Training(String),
}

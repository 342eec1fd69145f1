//! Language models: the next symbol at each step.

mod corpus;
mod generation;
mod model;
mod sampling;
mod scores;

pub use corpus::Corpus;
pub use generation::Generation;
pub use model::LanguageModel;
pub use sampling::Sampling;
pub use scores::LanguageScores;

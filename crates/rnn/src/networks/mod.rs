//! The networks: each a short list of layers, shapes inferred.
//!
//! [`by_name`] finds them for a configuration file; a file with a list of one's own is read by
//! [`SequenceNetworkConfig::from_file`].

mod char_model;
mod forecaster;
mod reber_predictor;
mod tagger;
mod text_classifier;

pub use char_model::char_model;
pub use forecaster::forecaster;
pub use reber_predictor::reber_predictor;
pub use tagger::tagger;
pub use text_classifier::text_classifier;

use crate::SequenceNetworkConfig;

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 5] = ["char-model", "forecaster", "reber-predictor", "tagger", "text-classifier"];

/// The network of that name for a vocabulary of `vocabulary` ids, 0 among them (the forecaster takes features and has
/// none), and `outputs` outputs; `None` for a name that is not in [`NAMES`].
///
/// ```
/// use firebrick_rnn::{SequenceShape, networks};
///
/// let network = networks::by_name("text-classifier", 20_000, 2).expect("a known name");
/// assert_eq!(network.output_shape(&SequenceShape::ids())?, SequenceShape::Whole(vec![2]));
/// # Ok::<(), firebrick_layers::NetworkError>(())
/// ```
pub fn by_name(name: &str, vocabulary: usize, outputs: usize) -> Option<SequenceNetworkConfig> {
    Some(match name {
        "char-model" => char_model(vocabulary, outputs),
        "forecaster" => forecaster(outputs),
        "reber-predictor" => reber_predictor(vocabulary, outputs),
        "tagger" => tagger(vocabulary, outputs),
        "text-classifier" => text_classifier(vocabulary, outputs),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SequenceShape;

    fn input(name: &str) -> SequenceShape {
        match name {
            "forecaster" => SequenceShape::features(3),
            _ => SequenceShape::ids(),
        }
    }

    #[test]
    fn parameter_counts_are_those_that_keras_gives() {
        let lstm = |input: u64, hidden: u64| 4 * hidden * (input + hidden + 1);
        let gru = |input: u64, hidden: u64| 3 * hidden * (input + hidden + 2);
        for (name, expected) in [
            ("char-model", 50 * 128 + lstm(128, 256) + lstm(256, 256) + 257 * 7),
            ("forecaster", gru(3, 64) + 65 * 7),
            ("reber-predictor", 50 * 8 + lstm(8, 16) + 17 * 7),
            ("tagger", 50 * 128 + 2 * lstm(128, 64) + 129 * 7),
            ("text-classifier", 50 * 128 + 2 * lstm(128, 64) + 129 * 7),
        ] {
            let network = by_name(name, 50, 7).unwrap();
            assert_eq!(network.summary(&input(name)).unwrap().total_parameters(), expected, "{name}");
        }
    }

    #[test]
    fn every_name_is_a_network_with_outputs_for_the_sequence_or_for_each_step() {
        for name in NAMES {
            let output = by_name(name, 50, 7).unwrap().output_shape(&input(name)).unwrap();
            let expected = match name {
                "char-model" | "reber-predictor" | "tagger" => SequenceShape::features(7),
                _ => SequenceShape::Whole(vec![7]),
            };
            assert_eq!(output, expected, "{name}");
        }
        assert!(by_name("char_model", 50, 7).is_none());
    }
}

//! What `result.json` holds: the figures of a finished run.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::device::DeviceName;
use crate::numbers::{duration, metric, rate, thousands};

/// The figures of a finished run; stored as `result.json` in the run directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The crate whose binary made the run, without the prefix: `cnn`.
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// The recipe: `digits`.
    pub recipe: String,
    /// The data set: `mnist`.
    pub dataset: String,
    /// Where it was computed.
    pub device: DeviceName,
    /// The seed.
    pub seed: u64,
    /// Epochs that were trained; fewer than asked for when the training stopped early.
    pub epochs: usize,
    /// Trainable parameters of the network.
    pub parameters: usize,
    /// Samples in one epoch.
    pub train_samples: usize,
    /// Wall-clock seconds of training and validation, summed over the epochs.
    pub seconds: f64,
    /// Training samples per second: `train_samples * epochs / seconds`.
    pub samples_per_second: f64,
    /// The metrics by name, `test_accuracy` and so on; a value that is no number is stored as null.
    #[serde(deserialize_with = "null_is_nan")]
    pub metrics: BTreeMap<String, f64>,
    /// The largest memory that the process has had, in bytes; null where the platform does not tell.
    pub peak_rss_bytes: Option<u64>,
}

impl RunResult {
    /// One line for the terminal: the metrics, then parameters, seconds and speed.
    pub fn line(&self) -> String {
        let metrics = self.metrics.iter().map(|(name, value)| format!("{name} {}", metric(*value)));
        let rest = [
            format!("{} parameters", thousands(self.parameters as u64)),
            duration(self.seconds),
            format!("{} samples/s", rate(self.samples_per_second)),
        ];
        metrics.chain(rest).collect::<Vec<_>>().join(", ")
    }
}

fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let metrics = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
    Ok(metrics.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn result(seed: u64, accuracy: f64) -> RunResult {
        RunResult {
            crate_name: "cnn".into(),
            recipe: "digits".into(),
            dataset: "digits".into(),
            device: DeviceName::Flex,
            seed,
            epochs: 20,
            parameters: 34_826,
            train_samples: 1_258,
            seconds: 12.5,
            samples_per_second: 2012.8,
            metrics: BTreeMap::from([("test_accuracy".into(), accuracy)]),
            peak_rss_bytes: Some(160_432_128),
        }
    }

    #[test]
    fn the_file_has_exactly_the_promised_fields_in_order() {
        let json: serde_json::Map<_, _> =
            serde_json::from_str(&serde_json::to_string(&result(7, 0.99)).unwrap()).unwrap();
        let fields: Vec<&str> = json.keys().map(String::as_str).collect();
        assert_eq!(
            fields.join(" "),
            "crate recipe dataset device seed epochs parameters train_samples seconds samples_per_second metrics peak_rss_bytes"
        );
        assert_eq!(json["device"], "flex");
        assert_eq!(json["metrics"]["test_accuracy"], 0.99);
    }

    #[test]
    fn a_result_survives_json_even_when_a_metric_is_no_number() {
        let whole = result(7, 0.99);
        assert_eq!(serde_json::from_str::<RunResult>(&serde_json::to_string(&whole).unwrap()).unwrap(), whole);
        let text = serde_json::to_string(&result(7, f64::NAN)).unwrap();
        assert!(text.contains("\"test_accuracy\":null"), "{text}");
        assert!(serde_json::from_str::<RunResult>(&text).unwrap().metrics["test_accuracy"].is_nan());
    }

    #[test]
    fn the_line_names_metrics_before_the_rest() {
        assert_eq!(result(0, 0.988_9).line(), "test_accuracy 0.9889, 34,826 parameters, 12.5 s, 2,013 samples/s");
    }
}

//! Features and what torch-fidelity and prdc say of them.

use serde_json::Value;

use super::Features;

pub(super) struct Fixture {
    pub(super) real: Features,
    pub(super) fake: Features,
    pub(super) probabilities: Features,
    figures: Value,
}

impl Fixture {
    pub(super) fn read() -> Self {
        let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/quality.json")).unwrap();
        let features = |key: &str| {
            let rows = fixture[key].as_array().unwrap().iter();
            let row = |row: &Value| row.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
            Features::new::<f64>(&rows.map(row).collect::<Vec<Vec<f64>>>()).unwrap()
        };
        Self {
            real: features("real"),
            fake: features("fake"),
            probabilities: features("probabilities"),
            figures: fixture["figures"].clone(),
        }
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        self.figures[name].as_f64().unwrap()
    }
}

/// Whether two numbers agree, relative to the second.
pub(super) fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs()
}

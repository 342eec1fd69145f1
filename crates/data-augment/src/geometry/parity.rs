//! Parity with AlbumentationsX, torchvision, OpenCV and Pillow; `tests/fixtures/geometry.py` wrote what they make.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::{Applied, Key, Picture, Pipeline, Sample, Workspace};

/// The picture of the fixtures, a formula.
fn picture() -> Picture {
    let value = |i: usize| {
        let (y, x, c) = ((i / 3 / 23) as f64, (i / 3 % 23) as f64, (i % 3) as f64);
        (127.5 + 100.0 * (x / 6.0 + c).sin() * (y / 5.0).cos()).round_ties_even() as u8
    };
    Picture::from_bytes((0..18 * 23 * 3).map(value).collect(), [18, 23, 3]).unwrap()
}

#[test]
fn pictures_are_moved_as_by_the_other_libraries() {
    let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/geometry.json")).unwrap();
    let mut space = Workspace::new();
    let mut faults = Vec::new();
    for case in fixture["cases"].as_array().unwrap() {
        // A constant is in the picture's own units.
        let kinds = if case.to_string().contains("[90.0") { [false, false] } else { [false, true] };
        for floats in kinds {
            let picture = if floats { picture().to_floats() } else { picture() };
            let mut sample = Sample::new(picture);
            if let Some(pipeline) = case.get("pipeline") {
                let pipeline: Pipeline = serde_json::from_value(pipeline.clone()).unwrap();
                pipeline.apply(&mut sample, Key::default(), &mut space).unwrap();
            } else {
                let applied: Applied = serde_json::from_value(case["applied"].clone()).unwrap();
                applied.replay(&mut sample, &mut space).unwrap();
            }
            let shape = sample.shape();
            assert_eq!(
                serde_json::json!([shape.height, shape.width, shape.channels]),
                case["shape"],
                "{}",
                case["name"]
            );
            let found: Vec<f64> = match sample.picture.floats() {
                Some(floats) => floats.iter().map(|&value| 255.0 * f64::from(value)).collect(),
                None => sample.picture.bytes().unwrap().iter().map(|&byte| f64::from(byte)).collect(),
            };
            let expected = BASE64_STANDARD.decode(case["result"].as_str().unwrap()).unwrap();
            let worst = found.iter().zip(expected).map(|(a, b)| (a - f64::from(b)).abs()).fold(0.0, f64::max);
            // The others round after each direction.
            if worst > if floats { 1.5 } else { 1.0 } {
                faults.push(format!("{}, floats {floats}: {worst}", case["name"]));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

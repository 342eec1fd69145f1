//! The numbers of other libraries (`parity/pixel.py`): bytes to one grey level, floats to 1e-4.

use serde::Deserialize;

use crate::operation::Drawn;
use crate::picture::Picture;
use crate::sample::Sample;
use crate::workspace::Workspace;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    peer: String,
    shape: [usize; 3],
    drawn: Drawn,
    #[serde(default)]
    bytes: String,
    #[serde(default)]
    floats: Vec<f32>,
}

/// The picture that the script makes by the same formula.
fn picture([height, width, channels]: [usize; 3]) -> Picture {
    let value = |i: usize| {
        let (y, x, c) = (i / channels / width, i / channels % width, i % channels);
        ((x * 7 + y * 5 + c * 40 + (x * y * 31 + c * 17) % 64) % 256) as u8
    };
    let bytes = (0..height * width * channels).map(value).collect();
    Picture::from_bytes(bytes, [height, width, channels]).unwrap()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

#[test]
fn transforms_are_those_of_other_libraries() {
    let Cases { cases } = serde_json::from_str(include_str!("parity/pixel.json")).unwrap();
    assert!(cases.len() > 40);
    let mut faults = Vec::new();
    for Case { peer, shape, drawn, bytes, floats } in &cases {
        let before = if floats.is_empty() { picture(*shape) } else { picture(*shape).to_floats() };
        let mut sample = Sample::new(before);
        drawn.apply(&mut sample, &mut Workspace::new()).unwrap();
        let off = match sample.picture.bytes() {
            Some(ours) => ours.iter().zip(from_hex(bytes)).map(|(a, b)| f32::from(a.abs_diff(b))).fold(0.0, f32::max),
            None => {
                let pairs = sample.picture.floats().unwrap().iter().zip(floats);
                pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            }
        };
        let most = if floats.is_empty() { 1.0 } else { 1e-4 };
        if off > most {
            faults.push(format!("{off} beyond {peer}: {drawn:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

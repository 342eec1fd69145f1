//! Initialisers: what their formulas promise.
use burn::tensor::Device;

use super::*;

const FAN: Fan = Fan { input: 27, output: 45 };

fn drawn<const D: usize>(initializer: Initializer, shape: [usize; D]) -> Vec<f32> {
    initializer.init(shape, FAN, &Device::flex()).val().into_data().try_to_vec().unwrap()
}

#[test]
fn fixed_values_are_what_they_say() {
    assert_eq!(drawn(Initializer::Zeros, [2, 2]), [0.0; 4]);
    assert_eq!(drawn(Initializer::Ones, [3]), [1.0; 3]);
    assert_eq!(drawn(Initializer::Constant { value: 0.25 }, [2]), [0.25; 2]);
}

#[test]
fn bounds_are_never_crossed() {
    let two_deviations = |variance: f64| 2.0 * variance.sqrt() / TRUNCATED_STD;
    for (initializer, bound) in [
        (Initializer::GlorotUniform, (6.0f64 / 72.0).sqrt()),
        (Initializer::HeUniform, (6.0f64 / 27.0).sqrt()),
        (Initializer::LecunUniform, (3.0f64 / 27.0).sqrt()),
        (Initializer::pytorch_weight(), (1.0f64 / 27.0).sqrt()),
        (Initializer::FanInUniform, (1.0f64 / 27.0).sqrt()),
        (Initializer::GlorotNormal, two_deviations(2.0 / 72.0)),
        (Initializer::HeNormal, two_deviations(2.0 / 27.0)),
        (Initializer::LecunNormal, two_deviations(1.0 / 27.0)),
        (Initializer::TruncatedNormal { mean: 0.0, std: 0.1 }, 0.2),
        (Initializer::RandomUniform { min: -0.3, max: 0.3 }, 0.3),
    ] {
        let largest = drawn(initializer, [50, 200]).into_iter().fold(0f32, |largest, v| largest.max(v.abs()));
        assert!(f64::from(largest) <= bound * 1.000_001, "{initializer:?}: {largest} beyond {bound}");
        assert!(f64::from(largest) > bound * 0.99, "{initializer:?}: {largest} far below {bound}");
    }
}

#[test]
fn orthogonal_vectors_have_length_gain_and_no_angle_but_the_right_one() {
    for shape in [[5, 12], [12, 5], [6, 6]] {
        let values = drawn(Initializer::Orthogonal { gain: 2.0 }, shape);
        let [rows, columns] = shape;
        let (vectors, length) = (rows.min(columns), rows.max(columns));
        let at = |vector: usize, i: usize| match rows <= columns {
            true => f64::from(values[vector * columns + i]),
            false => f64::from(values[i * columns + vector]),
        };
        for a in 0..vectors {
            for b in 0..vectors {
                let product: f64 = (0..length).map(|i| at(a, i) * at(b, i)).sum();
                let expected = if a == b { 4.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-5, "{shape:?}: {a}·{b} = {product}");
            }
        }
    }
}

#[test]
fn names_and_tables_are_read_and_written_shortly() {
    for (text, expected) in [
        (r#""he_normal""#, Initializer::HeNormal),
        (r#""xavier_uniform""#, Initializer::GlorotUniform),
        (r#"{"name":"constant","value":0.5}"#, Initializer::Constant { value: 0.5 }),
        (r#""random_normal""#, Initializer::RandomNormal { mean: 0.0, std: 0.05 }),
        (r#"{"name":"random_normal","std":0.2}"#, Initializer::RandomNormal { mean: 0.0, std: 0.2 }),
    ] {
        assert_eq!(serde_json::from_str::<Initializer>(text).unwrap(), expected, "{text}");
    }
    assert_eq!(serde_json::to_string(&Initializer::HeNormal).unwrap(), r#""he_normal""#);
    let constant = Initializer::Constant { value: 0.5 };
    assert_eq!(serde_json::to_string(&constant).unwrap(), r#"{"name":"constant","value":0.5}"#);
}

#[test]
fn unknown_names_and_settings_are_refused_with_the_known_ones() {
    let refuse = |text: &str| serde_json::from_str::<Initializer>(text).unwrap_err().to_string();
    let message = refuse(r#""glorot""#);
    assert!(message.contains("unknown variant `glorot`") && message.contains("`glorot_uniform`"), "{message}");
    let message = refuse(r#"{"name":"random_normal","sd":1}"#);
    assert!(message.contains("unknown field `sd`, expected one of `name`, `mean`, `std`"), "{message}");
    let message = refuse(r#"{"name":"zeros","value":1}"#);
    assert!(message.contains("unknown field `value`"), "{message}");
}

#[test]
fn numbers_that_no_distribution_has_are_refused() {
    for initializer in [
        Initializer::RandomNormal { mean: 0.0, std: -1.0 },
        Initializer::RandomUniform { min: 1.0, max: 0.0 },
        Initializer::Constant { value: f64::NAN },
        Initializer::VarianceScaling { scale: -1.0, mode: FanMode::FanIn, distribution: Spread::Uniform },
    ] {
        assert!(initializer.check().is_err(), "{initializer:?}");
    }
}

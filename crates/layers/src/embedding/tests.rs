//! The table against PyTorch's and Keras's, what every module must pass, and refusals.

use burn::optim::GradientsParams;
use burn::store::ModuleRecord;
use burn::tensor::TensorData;
use serde::Deserialize;

use super::*;
use crate::optim::{AdamConfig, AdamWConfig};

#[derive(Deserialize)]
struct Case {
    name: String,
    table: [usize; 2],
    ids: Vec<Vec<i64>>,
    padding_idx: Option<usize>,
    mask_zero: bool,
    output: Vec<f32>,
    /// PyTorch's.
    gradient: Option<Vec<f32>>,
    /// Keras's.
    mask: Option<Vec<Vec<u8>>>,
}

fn formula<const D: usize>(shape: [usize; D], shift: f64, step: f64, device: &Device) -> Tensor<D> {
    let values = (0..shape.iter().product()).map(|i: usize| (step * i as f64 + shift).cos() as f32).collect();
    Tensor::from_data(TensorData::new::<f32, _>(values, shape), device)
}

fn ids(rows: &[Vec<i64>], device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(rows.concat(), [rows.len(), rows[0].len()]), device)
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

#[test]
fn outputs_gradients_and_masks_are_those_of_pytorch_and_keras() {
    let device = Device::flex().autodiff();
    let cases: Vec<Case> = [
        include_str!("../../tests/fixtures/torch_embeddings.json"),
        include_str!("../../tests/fixtures/keras_embeddings.json"),
    ]
    .iter()
    .flat_map(|text| serde_json::from_str::<Vec<Case>>(text).unwrap())
    .collect();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let [rows, features] = case.table;
        let config =
            EmbeddingConfig::new(rows, features).with_padding_idx(case.padding_idx).with_mask_zero(case.mask_zero);
        let layer = config.init_with(formula(case.table, 1.0, 0.7, &device)).unwrap();
        let (y, mask) = layer.forward_masked(ids(&case.ids, &device));
        let weights = formula(y.dims(), 0.0, 0.23, &device);
        let gradients = (y.clone() * weights).sum().backward();
        let close = |found: Vec<f32>, expected: &[f32]| {
            assert_eq!(found.len(), expected.len(), "{}", case.name);
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
            assert!(near, "{}: {found:?} instead of {expected:?}", case.name);
        };
        close(numbers(y.inner()), &case.output);
        match &case.gradient {
            Some(expected) => close(numbers(layer.weight.val().grad(&gradients).unwrap()), expected),
            None => {
                let mask = mask.map(|mask| mask.rows());
                let expected =
                    case.mask.map(|rows| rows.iter().map(|row| row.iter().map(|v| *v == 1).collect()).collect());
                assert_eq!(mask, expected, "{}", case.name);
            }
        }
    }
}

#[test]
fn looking_up_equals_multiplying_one_hot_vectors() {
    let device = Device::flex();
    let layer = EmbeddingConfig::new(5, 3).init(&device);
    let column = Tensor::<1, Int>::from_ints([4, 0, 4, 2], &device);
    let one_hot: Tensor<2> = column.clone().one_hot(5).float();
    let expected = one_hot.matmul(layer.weight.val());
    assert_eq!(numbers(layer.forward_column(column)), numbers(expected));
}

#[test]
fn tables_start_as_their_initialiser_says_and_the_padding_row_as_zeros() {
    let device = Device::flex();
    let start = |config: EmbeddingConfig| numbers(config.init(&device).weight.val());
    let spread = |values: &[f32]| {
        let square: f32 = values.iter().map(|value| value * value).sum();
        (square / values.len() as f32).sqrt()
    };
    let keras = start(EmbeddingConfig::new(300, 40));
    assert!(keras.iter().all(|value| value.abs() <= 0.05));
    assert!((spread(&keras) - 0.05 / 3f32.sqrt()).abs() < 1e-3);
    assert!((spread(&start(EmbeddingConfig::new(300, 40).pytorch())) - 1.0).abs() < 0.03);

    let padded = start(EmbeddingConfig::new(4, 3).with_padding_idx(Some(2)));
    assert_eq!(padded[6..9], [0.0; 3]);
    assert!(padded[..6].iter().chain(&padded[9..]).all(|value| *value != 0.0));
}

/// One step of training on ids 1 and 2 of a table of four rows; gives the table before and after.
fn trained(config: &EmbeddingConfig, lazy: bool) -> [Vec<f32>; 2] {
    let device = Device::flex().autodiff();
    let mut layer = config.init(&device);
    let before = numbers(layer.weight.val());
    let mut optimizer = AdamWConfig::new().with_weight_decay(0.1).with_lazy(lazy).init();
    let y = layer.forward(ids(&[vec![1, 2, 1]], &device));
    if y.is_tracked() {
        let gradients = GradientsParams::from_grads(y.square().sum().backward(), &layer);
        layer = optimizer.step(0.1, layer, gradients);
    }
    [before, numbers(layer.weight.val())]
}

#[test]
fn training_moves_the_rows_that_were_looked_up_and_no_padding_row_or_frozen_table() {
    let config = EmbeddingConfig::new(4, 2);
    let moved = |config: &EmbeddingConfig, lazy| {
        let [before, after] = trained(config, lazy);
        before.chunks(2).zip(after.chunks(2)).map(|(before, after)| before != after).collect::<Vec<_>>()
    };
    assert_eq!(moved(&config, true), [false, true, true, false]);
    assert_eq!(moved(&config, false), [true; 4], "the dense step lets every row decay");
    assert_eq!(moved(&config.clone().with_padding_idx(Some(2)), true), [false, true, false, false]);
    assert_eq!(moved(&config.with_trainable(false), false), [false; 4]);
}

#[test]
fn a_frozen_table_stays_frozen_through_validation_and_a_record() {
    let device = Device::flex().autodiff();
    let layer = EmbeddingConfig::new(3, 2).with_trainable(false).init(&device);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.bpk");
    layer.clone().into_record().save(&path).unwrap();
    let loaded = layer.clone().load_record(ModuleRecord::load(&path).unwrap());
    for layer in [layer.valid().train(), loaded] {
        assert!(!layer.forward(ids(&[vec![0, 2]], &device)).is_tracked());
    }
}

#[test]
fn a_loaded_table_looks_up_what_the_saved_one_did() {
    let device = Device::flex();
    let make = || EmbeddingConfig::new(7, 3).with_padding_idx(Some(0)).init(&device);
    let (saved, other) = (make(), make());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.bpk");
    saved.clone().into_record().save(&path).unwrap();
    let loaded = other.load_record(ModuleRecord::load(&path).unwrap());
    let look_up = |layer: &Embedding| numbers(layer.forward(ids(&[vec![0, 3, 6]], &device)));
    assert_eq!(look_up(&loaded), look_up(&saved));
    assert_eq!(saved.num_params(), 21);
}

#[test]
fn the_table_learns_to_tell_words_apart_within_a_few_steps() {
    let device = Device::flex().autodiff();
    device.seed(3);
    let mut layer = EmbeddingConfig::new(6, 1).init(&device);
    let mut optimizer = AdamConfig::new().init();
    let words = ids(&[vec![0, 1, 2, 3, 4, 5]], &device);
    let wanted = Tensor::<3>::from_floats([[[1.0], [-1.0], [1.0], [0.5], [-0.5], [0.0]]], &device);
    let mut losses = vec![];
    for _ in 0..60 {
        let loss = (layer.forward(words.clone()) - wanted.clone()).square().mean();
        losses.push(loss.clone().into_scalar::<f32>());
        layer = optimizer.step(0.1, layer.clone(), GradientsParams::from_grads(loss.backward(), &layer));
    }
    assert!(losses[59] < 0.01 * losses[0], "{losses:?}");
}

#[test]
fn the_configuration_survives_json_and_toml_and_may_be_short() {
    let full = EmbeddingConfig::new(10, 4)
        .with_mask_zero(true)
        .with_padding_idx(Some(3))
        .with_trainable(false)
        .with_initializer(Initializer::GlorotUniform);
    for config in [full, EmbeddingConfig::new(2, 1), EmbeddingConfig::new(2, 1).pytorch()] {
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<EmbeddingConfig>(&json).unwrap(), config, "{json}");
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<EmbeddingConfig>(&text).unwrap(), config, "{text}");
    }
    assert_eq!(
        toml::from_str::<EmbeddingConfig>("input_dim = 10\noutput_dim = 4").unwrap(),
        EmbeddingConfig::new(10, 4)
    );
    let unknown = toml::from_str::<EmbeddingConfig>("input_dim = 1\noutput_dim = 1\nmask = true").unwrap_err();
    assert!(unknown.message().contains("unknown field `mask`"), "{unknown}");
}

#[test]
fn impossible_tables_are_refused_with_the_rule() {
    let config = EmbeddingConfig::new;
    for (config, rule) in [
        (config(0, 3), "input_dim must be at least 1"),
        (config(3, 0), "output_dim must be at least 1"),
        (config(1 << 20, 1 << 20), "the limit is 268435456"),
        (config(usize::MAX, 2), "their product overflows"),
        (config(3, 2).with_padding_idx(Some(3)), "padding_idx is 3: it must be a row, below input_dim"),
        (config(3, 2).with_initializer(Initializer::Constant { value: f64::NAN }), "value is NaN"),
    ] {
        let message = config.check().unwrap_err().to_string();
        assert!(message.contains(rule), "{message}");
    }
    let wrong = EmbeddingConfig::new(3, 2).init_with(Tensor::zeros([2, 3], &Device::flex())).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the weights have the shape [2, 3], but the configuration says [3, 2], [input_dim, output_dim]"
    );
}

#[test]
fn the_first_id_that_is_not_a_row_is_named_with_its_place() {
    let device = Device::flex();
    let layer = EmbeddingConfig::new(3, 2).init(&device);
    assert!(layer.check_ids(&ids(&[vec![0, 2], vec![1, 1]], &device)).is_ok());
    for id in [3, -1, i64::from(i32::MAX)] {
        let error = layer.check_ids(&ids(&[vec![0, 2], vec![1, id]], &device)).unwrap_err();
        assert_eq!(error, EmbeddingError::IdOutOfRange { id, row: 1, position: 1, rows: 3 });
    }
}

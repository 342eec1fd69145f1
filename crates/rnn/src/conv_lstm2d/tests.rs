//! ConvLSTM2D against Keras's numbers, masks, and what is refused.

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use firebrick_layers::{Mask, Padding, Rule};

use super::*;
use crate::keras_fixture::{
    FilmCase, Run, assert_parity, formula, initial, input, mask, parameter_gradients, read, values, with_formulas,
};

fn deviations(case: &FilmCase) -> (f32, f32) {
    let device = Device::flex().autodiff();
    let layer = with_formulas(case.config.init(case.films[2], &device), &[]);
    let [batch, _, filters, height, width] = case.output_shape;
    let given = case.initial_state.then(|| [0, 1].map(|k| initial(k, [batch, filters, height, width], &device)));
    let state = given.clone().map(|[hidden, cell]| ConvLstm2dState { hidden, cell });

    let x = input(case.films, &device);
    let output = layer.forward(x.clone(), mask(&case.mask, &device), state);
    assert_eq!(output.sequence.dims(), case.output_shape, "{}", case.name);
    let states = vec![output.state.hidden, output.state.cell];
    let initial = given.into_iter().flatten().collect();
    Run { x, sequence: output.sequence, initial, states }.deviations(&layer, &case.expected)
}

#[test]
fn it_computes_what_keras_computes() {
    let cases = read().films;
    assert_parity("Keras ConvLSTM2D", cases.iter().map(|case| (case.name.clone(), deviations(case))).collect());
}

#[test]
fn what_stands_in_masked_steps_changes_no_bit_of_outputs_and_gradients() {
    let device = Device::flex().autodiff();
    let layer = ConvLstm2dConfig::new(2, 2).same().init(1, &device);
    let mask = Mask::from_rows(&[[true, false, true, false], [false, false, true, true]], &device).unwrap();
    let bits = |filling: f32| {
        let x = input([2, 4, 1, 3, 4], &device);
        let padding = mask.steps().bool_not().reshape([2, 4, 1, 1, 1]).expand([2, 4, 1, 3, 4]);
        let output = layer.forward(x.clone().mask_fill(padding, filling), Some(mask.clone()), None);
        let weights = formula([2, 4, 2, 3, 4], &device, |i| (0.23 * i).cos());
        let gradients = ((output.sequence.clone() * weights).sum() + output.last.clone().sum()).backward();
        let mut all = vec![values(output.sequence), values(output.last), values(x.grad(&gradients).unwrap())];
        all.extend(parameter_gradients(&layer, &gradients));
        all.concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let expected = bits(0.0);
    assert!(expected.iter().all(|bits| f32::from_bits(*bits).is_finite()));
    assert_eq!(bits(f32::NAN), expected);
    assert_eq!(bits(1e30), expected);
}

#[test]
fn masked_steps_put_out_zeros_where_that_is_asked_for() {
    let device = Device::flex();
    let config = ConvLstm2dConfig::new(2, 3).same();
    let layer = config.clone().with_zero_output_for_mask(true).init(1, &device);
    let x = input([1, 3, 1, 4, 4], &device);
    let mask = Mask::from_lengths(&[2], 3, &device).unwrap();
    let output = layer.forward(x, Some(mask), None);
    let step = |at: usize| values(output.sequence.clone().narrow(1, at, 1));
    assert!(step(2).iter().all(|value| *value == 0.0));
    assert_eq!(step(1), values(output.last));
}

#[test]
fn two_calls_of_a_stateful_layer_are_one_and_another_batch_is_refused() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        let layer = ConvLstm2dConfig::new(2, 3).same().with_stateful(true).init(1, &device);
        let x = input([2, 6, 1, 4, 5], &device);
        let whole = layer.forward(x.clone(), None, None).last;
        layer.reset_state();
        layer.forward(x.clone().narrow(1, 0, 2), None, None);
        assert_eq!(layer.kept_batch_size(), Some(2));
        let rest = layer.forward(x.clone().narrow(1, 2, 4), None, None).last;
        assert_eq!(values(rest), values(whole));

        let other = layer.check([3, 6, 1, 4, 5], None, None).unwrap_err();
        assert_eq!(other, ConvLstm2dError::Stateful { kept: 2, found: 3 });
        layer.reset_state();
        assert_eq!(layer.check([3, 6, 1, 4, 5], None, None), Ok(()));
    }
}

#[test]
fn what_is_dropped_is_dropped_in_every_step_and_only_while_training() {
    let (device, training) = (Device::flex(), Device::flex().autodiff());
    let config = ConvLstm2dConfig::new(2, 1);
    let layer = |config: &ConvLstm2dConfig| with_formulas(config.init(1, &training), &[]);
    let x = Tensor::<5>::ones([1, 4, 1, 8, 8], &device);
    let plain = values(layer(&config).valid().forward(x.clone(), None, None).sequence);

    let dropping = config.clone().with_dropout(0.5);
    let valid = layer(&dropping).valid().forward(x.clone(), None, None).sequence;
    assert_eq!(values(valid), plain, "outside of training");
    let output = layer(&dropping).forward(x.clone().autodiff(), None, None).sequence;
    let (first, last) = (output.clone().narrow(1, 0, 1), output.narrow(1, 3, 1));
    let dropped = |step: Tensor<5>| {
        let values = values(step.narrow(2, 0, 1));
        let kept = values.iter().copied().fold(f32::MIN, f32::max);
        values.into_iter().map(move |value| value == kept).collect::<Vec<bool>>()
    };
    let pixels = dropped(first);
    assert_eq!(pixels, dropped(last), "the same pixels in the first and in the last step");
    assert!(pixels.iter().any(|kept| *kept) && pixels.iter().any(|kept| !kept), "{pixels:?}");

    let forgetting = config.with_recurrent_dropout(0.5);
    let output = values(layer(&forgetting).forward(x.autodiff(), None, None).sequence);
    let step = plain.len() / 4;
    assert_eq!(output[..step], plain[..step], "the first step has no state to drop");
    assert_ne!(output[step..], plain[step..]);
}

#[test]
fn a_configuration_survives_json_and_a_record_its_layer() {
    let device = Device::flex();
    let config = ConvLstm2dConfig::new(2, [3, 2]).with_stride(2).same().with_bias(false).with_go_backwards(true);
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<ConvLstm2dConfig>(&json).unwrap(), config, "{json}");
    let short: ConvLstm2dConfig = serde_json::from_str(r#"{ "filters": 2, "kernel_size": 3 }"#).unwrap();
    assert_eq!(short, ConvLstm2dConfig::new(2, 3));
    assert!(serde_json::from_str::<ConvLstm2dConfig>(r#"{ "filters": 2, "kernel_size": 3, "strides": 2 }"#).is_err());

    let (saved, other) = (config.init(1, &device), config.init(1, &device));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.bpk");
    saved.clone().into_record().save(&path).unwrap();
    let loaded = other.load_record(ModuleRecord::load(&path).unwrap());
    let output = |layer: &ConvLstm2d| values(layer.forward(input([2, 3, 1, 5, 5], &device), None, None).last);
    assert_eq!(output(&saved), output(&loaded));
}

#[test]
fn first_values_are_kerass_and_parameters_as_many_as_the_configuration_says() {
    let device = Device::flex();
    let layer = ConvLstm2dConfig::new(2, 3).init(1, &device);
    let bias = values(layer.input.bias.as_ref().unwrap().val());
    assert_eq!(bias, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let limit = (6.0f32 / (9.0 + 9.0 * 8.0)).sqrt();
    assert!(values(layer.input.weight.val()).iter().all(|value| value.abs() <= limit));
    let recurrent: Tensor<2> = layer.recurrent_kernel.val().reshape([8, 18]);
    let product = values(recurrent.clone().matmul(recurrent.transpose()));
    for (index, value) in product.into_iter().enumerate() {
        let expected = if index % 9 == 0 { 1.0 } else { 0.0 };
        assert!((value - expected).abs() <= 1e-5, "U·Uᵀ, element {index}: {value}");
    }
    for config in [ConvLstm2dConfig::new(2, [3, 2]), ConvLstm2dConfig::new(3, 2).with_bias(false)] {
        assert_eq!(config.init(4, &device).num_params(), config.num_params(4));
    }
}

#[test]
fn settings_and_inputs_that_do_not_fit_are_refused_with_the_rule() {
    let device = Device::flex();
    let message = |config: ConvLstm2dConfig| config.check(1).unwrap_err().to_string();
    assert_eq!(message(ConvLstm2dConfig::new(0, 3)), "filters must be at least 1");
    assert_eq!(
        message(ConvLstm2dConfig::new(2, 3).with_stride([1, 2]).with_dilation(2)),
        "stride is 2: it must be 1 beside a dilation above 1"
    );
    let explicit = ConvLstm2dConfig::new(2, 3).with_padding(Padding::all(2));
    assert_eq!(explicit.output_shape([1, 4, 5]), Ok([2, 6, 7]));

    let layer = ConvLstm2dConfig::new(2, 3).init(1, &device);
    let fit = |x, mask: Option<&Mask>, state: Option<&ConvLstm2dState>| layer.check(x, mask, state).unwrap_err();
    let (good, mask) = ([2, 3, 1, 4, 5], Mask::full(2, 4, &device).unwrap());
    assert_eq!(fit([2, 0, 1, 4, 5], None, None), ConvLstm2dError::Empty { shape: [2, 0, 1, 4, 5] });
    assert_eq!(fit([2, 3, 4, 4, 5], None, None), ConvLstm2dError::Channels { shape: [2, 3, 4, 4, 5], expected: 1 });
    assert!(matches!(fit([2, 3, 1, 2, 5], None, None), ConvLstm2dError::Rule(Rule::WindowTooLarge { size: 2, .. })));
    assert!(matches!(fit(good, Some(&mask), None), ConvLstm2dError::Mask(_)));
    let state = ConvLstm2dState::zeros([2, 2, 4, 5], &device);
    let refused = ConvLstm2dError::State { found: [2, 2, 4, 5], expected: [2, 2, 2, 3] };
    assert_eq!(fit(good, None, Some(&state)), refused);
}

#[test]
fn kerass_arrays_come_back_to_the_bit_and_others_are_refused() {
    let device = Device::flex();
    let make = |config: &ConvLstm2dConfig| config.init(4, &device);
    for config in [ConvLstm2dConfig::new(2, [3, 5]), ConvLstm2dConfig::new(2, [3, 5]).with_bias(false)] {
        let (ours, other) = (make(&config), make(&config));
        let arrays = ours.keras_weights();
        assert_eq!(arrays[0].shape().to_vec(), [3, 5, 4, 8]);
        assert_eq!(arrays[1].shape().to_vec(), [3, 5, 2, 8]);
        let loaded = other.load_keras(arrays.clone()).unwrap();
        assert_eq!(loaded.keras_weights(), arrays);
        assert_eq!(values(loaded.input.weight.val()), values(ours.input.weight.val()));

        let message = |arrays| make(&config).load_keras(arrays).unwrap_err().to_string();
        assert_eq!(message(arrays[..1].to_vec()), "the recurrent kernel is missing; the arrays are 1 in number");
        let swapped = [arrays[1].clone(), arrays[0].clone()].to_vec();
        assert_eq!(message(swapped), "the kernel has the shape [3, 5, 2, 8], but the layer needs [3, 5, 4, 8]");
        let more = [arrays.clone(), arrays.clone()].concat();
        let left = format!("the layer has no place for the last {} of {} arrays", arrays.len(), more.len());
        assert!(message(more).starts_with(&left));
    }
}

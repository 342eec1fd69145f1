//! The cells against Keras's numbers, and what holds for each of them.

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use firebrick_layers::{ActivationFn, Initializer, Rule};

use super::*;
use crate::keras_fixture::{CellCase, Run, assert_parity, initial, input, mask, read, values, with_formulas};
use crate::{
    ForeignWeights, GruConfig, RecurrentCell, RecurrentCellConfig, RecurrentConfig, RecurrentLayer, RecurrentState,
    RnnConfig, Sequence,
};

fn deviations(case: &CellCase) -> (f32, f32) {
    match case.cells.as_slice() {
        [cell] => compare(RnnConfig::new(cell.clone()), case),
        cells => compare(RnnConfig::new(StackedRnnCellsConfig::new(cells.to_vec())), case),
    }
}

fn compare<C: RecurrentCellConfig>(config: RnnConfig<C>, case: &CellCase) -> (f32, f32) {
    let device = Device::flex().autodiff();
    let config = config.with_go_backwards(case.go_backwards).with_zero_output_for_mask(case.zero_output_for_mask);
    let norms: &[usize] = if matches!(case.cells[0], AnyCellConfig::LayerNormLstm(_)) { &[3, 5, 7] } else { &[] };
    let layer = with_formulas(config.init(3, &device), norms);

    let mut given = vec![];
    let state = case.initial_state.then(|| {
        layer.zero_state(3, &device).map(&mut |_, zeros| {
            given.push(initial(given.len(), zeros.dims(), &device));
            given[given.len() - 1].clone()
        })
    });
    let x = input([3, 5, 3], &device);
    let output = layer.forward_with(Sequence { values: x.clone(), mask: mask(&case.mask, &device) }, state);
    let states = output.state.tensors().into_iter().map(|(_, state)| state).collect();
    let run = Run { x, sequence: output.sequence.values, initial: given, states };
    run.deviations(&layer, &case.expected)
}

#[test]
fn every_cell_and_stack_computes_what_keras_computes() {
    let cases = read().cells;
    assert_parity("Keras cells", cases.iter().map(|case| (case.name.clone(), deviations(case))).collect());
}

/// A configuration of each cell, with a setting of its own.
fn configs() -> Vec<AnyCellConfig> {
    vec![
        SimpleRnnCellConfig::new(4).with_activation(ActivationFn::Relu).into(),
        LstmCellConfig::new(3).with_bias(false).into(),
        LstmCellConfig::new(4).with_recurrent_activation(ActivationFn::HardSigmoid).into(),
        GruCellConfig::new(4).into(),
        GruCellConfig::new(4).with_reset_after(false).with_kernel_initializer(Initializer::HeNormal).into(),
        PeepholeLstmCellConfig::new(4).with_peephole_initializer(Initializer::Zeros).into(),
        LayerNormLstmCellConfig::new(4).with_epsilon(1e-5).with_unit_forget_bias(false).into(),
    ]
}

#[test]
fn a_configuration_survives_json_and_toml_and_refuses_what_it_does_not_know() {
    let stack = StackedRnnCellsConfig::new(configs());
    let json = serde_json::to_string(&stack).unwrap();
    assert_eq!(serde_json::from_str::<StackedRnnCellsConfig<AnyCellConfig>>(&json).unwrap(), stack, "{json}");
    let toml = toml::to_string(&stack).unwrap();
    assert_eq!(toml::from_str::<StackedRnnCellsConfig<AnyCellConfig>>(&toml).unwrap(), stack, "{toml}");

    let unknown = r#"{ "cell": "gru", "hidden_size": 4, "peephole_initializer": "zeros" }"#;
    let message = serde_json::from_str::<AnyCellConfig>(unknown).unwrap_err().to_string();
    assert!(message.contains("unknown field `peephole_initializer`"), "{message}");
}

#[test]
fn parameters_are_as_many_as_the_configuration_says() {
    let device = Device::flex();
    for config in configs() {
        assert_eq!(config.init(3, &device).num_params(), config.num_params(3), "{config:?}");
    }
    let stack = StackedRnnCellsConfig::new(configs());
    assert_eq!(stack.init(5, &device).num_params(), stack.num_params(5));
}

#[test]
fn a_loaded_cell_computes_what_the_saved_one_did() {
    let device = Device::flex();
    let folder = tempfile::tempdir().unwrap();
    let x = input([2, 4, 3], &device);
    for (index, config) in configs().into_iter().enumerate() {
        let config = RnnConfig::new(config);
        let (saved, other) = (config.init(3, &device), config.init(3, &device));
        let path = folder.path().join(format!("{index}.bpk"));
        saved.clone().into_record().save(&path).unwrap();
        let loaded = other.load_record(ModuleRecord::load(&path).unwrap());
        let output = |layer: &crate::Rnn<AnyCell>| values(layer.forward(x.clone()).sequence.values);
        assert_eq!(output(&saved), output(&loaded), "{config:?}");
    }
}

#[test]
fn first_values_are_kerass() {
    let device = Device::flex();
    let cell = PeepholeLstmCellConfig::new(4).init(3, &device);
    let recurrent = cell.weights.recurrent_kernel.val();
    let product = values(recurrent.clone().matmul(recurrent.transpose()));
    for (index, value) in product.into_iter().enumerate() {
        let expected = if index % 5 == 0 { 1.0 } else { 0.0 };
        assert!((value - expected).abs() <= 1e-5, "U·Uᵀ, element {index}: {value}");
    }
    let bias = values(cell.weights.bias.clone().unwrap().val());
    assert_eq!(bias, [[0.0; 4], [1.0; 4], [0.0; 4], [0.0; 4]].concat());
    let limit = (6.0f32 / (3.0 + 16.0)).sqrt();
    assert!(values(cell.weights.kernel.val()).iter().all(|value| value.abs() <= limit));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (config, expected) in [
        (AnyCellConfig::from(LstmCellConfig::new(0)), "hidden_size must be at least 1"),
        (LayerNormLstmCellConfig::new(4).with_epsilon(0.0).into(), "epsilon is 0: it must be a finite number above 0"),
        (
            SimpleRnnCellConfig::new(4).with_activation(ActivationFn::Elu { alpha: f64::NAN }).into(),
            "alpha is NaN: it must be a finite number",
        ),
    ] {
        assert_eq!(config.check(3).unwrap_err().to_string(), expected);
    }
    let empty = StackedRnnCellsConfig::<AnyCellConfig>::new([]);
    assert_eq!(empty.check(3).unwrap_err(), Rule::Zero { what: "the number of cells" });
}

#[test]
#[should_panic(expected = "cell 0 puts out 4 features, but cell 1 takes 5")]
fn cells_that_do_not_fit_on_one_another_are_refused() {
    let device = Device::flex();
    let config = GruCellConfig::new(4);
    let _ = StackedRnnCells::new([config.init(3, &device), config.init(5, &device)]);
}

#[test]
#[should_panic(expected = "an lstm cell with a kernel [3, 12] and a recurrent kernel [4, 12]")]
fn weights_of_another_number_of_gates_are_refused() {
    let device = Device::flex();
    let _ = LstmCell::new(GruCellConfig::new(4).init(3, &device).weights);
}

#[test]
fn a_stack_of_cells_is_a_stack_of_layers() {
    let device = Device::flex();
    let cells = [LstmCellConfig::new(4).init(3, &device), LstmCellConfig::new(2).init(4, &device)];
    let x = input([2, 5, 3], &device);
    let layers = cells.clone().map(crate::Rnn::new);
    let expected = layers.iter().fold(Sequence::from(x.clone()), |x, layer| layer.forward(x).sequence);
    let found = crate::Rnn::new(StackedRnnCells::new(cells)).forward(x).sequence;
    let difference = (found.values - expected.values).abs().max().into_scalar::<f32>();
    assert!(difference <= 1e-6, "{difference}");
}

#[test]
fn sizes_are_those_of_the_states() {
    let device = Device::flex();
    for config in configs() {
        let cell = config.init(3, &device);
        let shapes: Vec<_> = cell.initial_state(2, &device).tensors().iter().map(|(_, state)| state.dims()).collect();
        let expected: Vec<_> = cell.state_sizes().into_iter().map(|size| [2, size]).collect();
        assert_eq!(shapes, expected, "{config:?}");
        assert_eq!((cell.input_size(), cell.output_size()), (3, config.output_size()), "{config:?}");
    }
}

#[test]
fn a_cells_weights_are_written_and_read_as_those_of_its_layer() {
    let device = Device::flex();
    let fused = GruConfig::new(4).init(3, &device);
    let layer = crate::Rnn::new(GruCell::new(fused.weights.clone(), true));
    assert_eq!(layer.keras_weights().unwrap(), fused.keras_weights().unwrap());
    assert_eq!(layer.pytorch_weights().unwrap(), fused.pytorch_weights().unwrap());

    let config = StackedRnnCellsConfig::new([LstmCellConfig::new(4), LstmCellConfig::new(2)]);
    let (ours, other) = (config.init(3, &device), config.init(3, &device));
    let arrays = ours.pytorch_weights().unwrap();
    assert_eq!(arrays["weight_hh_l1"].shape().to_vec(), [8, 2]);
    let loaded = other.load_pytorch(arrays.clone()).unwrap();
    assert_eq!(loaded.pytorch_weights().unwrap(), arrays);
}

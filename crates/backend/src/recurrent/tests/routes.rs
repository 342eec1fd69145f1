//! Which way a call takes, what autodiff records, what the public functions give and refuse.

use burn::tensor::{DType, Device, GradientCheckpointingStrategy, Tensor};

use super::super::{Cell, GruReset, LstmGates, LstmState, RecurrentWeights, RnnActivation, gru, lstm, rnn};
use super::{CELLS, Call, Case, Inputs, Masking, Steps, assert_close, devices, formula, outcome_on, values};

#[test]
fn the_public_functions_give_the_parts_of_the_packed_output() {
    for device in devices() {
        for cell in CELLS {
            let case = Case::new(cell, [3, 4, 2], 5).masked(Masking::Left);
            let packed = values(case.call(case.inputs(&device), case.steps(&device)).run());
            let parts = public(&case, &device);
            assert_eq!(parts[0].dims(), [12, 5]);
            let parts: Vec<f64> = parts.into_iter().flat_map(values).collect();
            assert_eq!(parts, packed, "{cell:?}");
        }
    }
}

/// The parts that the public function of a cell gives: the rows of the sequence, the final states.
fn public(case: &Case, device: &Device) -> Vec<Tensor<2>> {
    let Inputs { x, input, recurrent, bias, recurrent_bias, state } = case.inputs(device);
    let weights = RecurrentWeights { input, recurrent, bias, recurrent_bias };
    let (steps, hidden) = (case.steps(device), case.hidden);
    let rows = |sequence: Tensor<3>| {
        let [batch, steps, hidden] = sequence.dims();
        sequence.reshape([batch * steps, hidden])
    };
    match case.cell {
        Cell::Lstm(gates) => {
            let state = state.map(|state| {
                let [hidden, cell] = state.split(hidden, 1).try_into().unwrap();
                LstmState { hidden, cell }
            });
            let output = lstm(x, weights, state, steps, gates);
            vec![rows(output.sequence), output.state.hidden, output.state.cell]
        }
        Cell::Gru(reset) => {
            let output = gru(x, weights, state, steps, reset);
            vec![rows(output.sequence), output.hidden]
        }
        Cell::Rnn(activation) => {
            let output = rnn(x, weights, state, steps, activation);
            vec![rows(output.sequence), output.hidden]
        }
    }
}

#[test]
fn one_bias_alone_equals_it_with_zeros_as_the_other() {
    for cell in CELLS {
        let device = Device::flex();
        let case = Case::new(cell, [2, 4, 3], 5);
        let run = |inputs: Inputs| values(case.call(inputs, Steps::default()).run());
        let inputs = case.inputs(&device);
        let zeros = Some(Tensor::<1>::zeros([cell.gates() * 5], &device));
        let none = Inputs { bias: None, ..inputs.clone() };
        assert_eq!(run(none.clone()), run(Inputs { bias: zeros.clone(), ..none }));
        let none = Inputs { recurrent_bias: None, ..inputs };
        assert_eq!(run(none.clone()), run(Inputs { recurrent_bias: zeros, ..none }));
    }
}

#[test]
fn gradients_reach_exactly_the_inputs_that_require_them() {
    let case = Case::new(Cell::Lstm(LstmGates::Separate), [2, 3, 2], 3);
    for mask in 0..32 {
        let wanted = [1, 2, 4, 8, 16].map(|bit| mask & bit > 0);
        let inputs = case.inputs(&Device::flex());
        let x = inputs.x.autodiff().set_require_grad(wanted[0]);
        let input = inputs.input.autodiff().set_require_grad(wanted[1]);
        let recurrent = inputs.recurrent.autodiff().set_require_grad(wanted[2]);
        let bias = inputs.bias.unwrap().autodiff().set_require_grad(wanted[3]);
        let state = inputs.state.unwrap().autodiff().set_require_grad(wanted[4]);
        let weights = RecurrentWeights {
            input: input.clone(),
            recurrent: recurrent.clone(),
            bias: Some(bias.clone()),
            recurrent_bias: None,
        };
        let call = Call { cell: case.cell, x: x.clone(), weights, state: Some(state.clone()), steps: Steps::default() };
        let packed = call.run();
        assert_eq!(packed.is_tracked(), mask > 0);
        if mask > 0 {
            let grads = packed.sum().backward();
            assert_eq!(x.grad(&grads).is_some(), wanted[0]);
            assert_eq!(input.grad(&grads).is_some(), wanted[1]);
            assert_eq!(recurrent.grad(&grads).is_some(), wanted[2]);
            assert_eq!(bias.grad(&grads).is_some(), wanted[3]);
            assert_eq!(state.grad(&grads).is_some(), wanted[4]);
        }
    }
}

#[test]
fn weights_that_train_read_sequences_and_masks_without_autodiff() {
    let case = Case::new(Cell::Gru(GruReset::After), [2, 4, 3], 5).masked(Masking::Right);
    let device = Device::flex();
    let inputs = case.inputs(&device);
    let input = inputs.input.autodiff().require_grad();
    let inputs = Inputs { input: input.clone(), ..inputs };
    let grads = case.call(inputs, case.steps(&device)).run().sum().backward();
    assert_eq!(input.grad(&grads).unwrap().dims(), [3, 15]);
}

#[test]
fn gradient_checkpointing_changes_no_gradient() {
    let strategy = GradientCheckpointingStrategy::Balanced;
    let case = Case::new(Cell::Lstm(LstmGates::Separate), [2, 4, 3], 3);
    let gradients = |checkpointing: bool| {
        let inputs = case.inputs(&Device::flex());
        fn prepare<const D: usize>(tensor: Tensor<D>, strategy: Option<GradientCheckpointingStrategy>) -> Tensor<D> {
            let tensor = tensor.autodiff();
            match strategy {
                Some(strategy) => tensor.with_gradient_checkpointing_strategy(strategy),
                None => tensor,
            }
        }
        let strategy = checkpointing.then_some(strategy);
        let x = prepare(inputs.x, strategy).require_grad();
        let weights = RecurrentWeights {
            input: prepare(inputs.input, strategy).require_grad(),
            recurrent: prepare(inputs.recurrent, strategy),
            bias: None,
            recurrent_bias: None,
        };
        // tanh is recomputed under checkpointing, so the input of the second layer is as well.
        let input = weights.input.clone();
        let first = lstm(x.clone(), weights.clone(), None, Steps::default(), LstmGates::Separate).sequence.tanh();
        let second = lstm(first, weights, None, Steps::default(), LstmGates::Separate);
        let grads = second.sequence.powi_scalar(2).sum().backward();
        (values(x.grad(&grads).unwrap()), values(input.grad(&grads).unwrap()))
    };
    assert_eq!(gradients(true), gradients(false));
}

#[test]
fn other_floats_keep_their_type_and_agree_with_the_kernel() {
    let device = Device::flex();
    for cell in CELLS {
        let case = Case::new(cell, [2, 4, 3], 5).masked(Masking::Holes);
        let expected = outcome_on(&case, &device);
        for (dtype, tolerance) in [(DType::F64, 1e-5), (DType::F16, 2e-2), (DType::BF16, 1e-1)] {
            let inputs = case.inputs(&device);
            let inputs = Inputs {
                x: inputs.x.cast(dtype),
                input: inputs.input.cast(dtype),
                recurrent: inputs.recurrent.cast(dtype),
                bias: inputs.bias.map(|bias| bias.cast(dtype)),
                recurrent_bias: inputs.recurrent_bias.map(|bias| bias.cast(dtype)),
                state: inputs.state.map(|state| state.cast(dtype)),
            };
            let keeps = |call: Call| {
                let packed = call.run();
                assert_eq!(packed.dtype(), dtype);
                packed
            };
            let actual = super::outcome(&case, inputs, case.steps(&device), &keeps);
            assert_close(&actual.packed, &expected.packed, tolerance, &format!("{case:?}, {dtype:?}"));
        }
    }
}

/// The message of the panic when a call is made with these shapes.
fn refusal(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    *std::panic::catch_unwind(call).unwrap_err().downcast::<String>().unwrap()
}

fn zeros(w: [usize; 2], u: [usize; 2], bias: usize) -> RecurrentWeights {
    let device = Device::flex();
    RecurrentWeights {
        input: Tensor::zeros(w, &device),
        recurrent: Tensor::zeros(u, &device),
        bias: Some(Tensor::zeros([bias], &device)),
        recurrent_bias: Some(Tensor::zeros([w[1]], &device)),
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_with_both_shapes_and_the_rule() {
    let table = [
        ([2, 6, 3], [2, 16], [4, 16], 16, "dimension 0 of the input weights must be the features of x, 3"),
        ([2, 6, 3], [3, 16], [4, 12], 16, "must be [H, 4·H] for the 4 gates"),
        ([2, 6, 3], [3, 12], [4, 16], 12, "both weights must have the same number of columns"),
        ([2, 6, 3], [3, 16], [4, 16], 12, "bias [12] must be [16]"),
        ([2, 0, 3], [3, 16], [4, 16], 16, "x must have at least one step"),
        ([2, 6, 0], [0, 16], [4, 16], 16, "must be at least 1"),
    ];
    for (x, w, u, bias, rule) in table {
        let message = refusal(move || {
            let x = Tensor::zeros(x, &Device::flex());
            lstm(x, zeros(w, u, bias), None, Steps::default(), LstmGates::Separate);
        });
        assert!(message.contains(rule), "{message}");
        assert!(message.starts_with("lstm of x "), "{message}");
        assert!(message.contains(&format!("{x:?}")) && message.contains(&format!("{w:?}")), "{message}");
    }
}

#[test]
fn states_and_masks_that_do_not_fit_are_refused_with_both_shapes_and_the_rule() {
    let x = || Tensor::<3>::zeros([2, 6, 3], &Device::flex());
    let state = |dims: [usize; 2]| Tensor::<2>::zeros(dims, &Device::flex());
    let message = refusal(move || {
        gru(x(), zeros([3, 12], [4, 12], 12), Some(state([3, 4])), Steps::default(), GruReset::Before);
    });
    assert!(message.contains("gru of x [2, 6, 3]"), "{message}");
    assert!(message.contains("the initial hidden state [3, 4] must be [2, 4]"), "{message}");

    let message = refusal(move || {
        let state = LstmState { hidden: state([2, 4]), cell: state([2, 5]) };
        lstm(x(), zeros([3, 16], [4, 16], 16), Some(state), Steps::default(), LstmGates::Separate);
    });
    assert!(message.contains("the initial cell state [2, 5] must be [2, 4]"), "{message}");

    let message = refusal(move || {
        let mask = Steps::with_lengths(&[4, 5], 5, &Device::flex());
        rnn(x(), zeros([3, 4], [4, 4], 4), None, mask, RnnActivation::Tanh);
    });
    assert!(message.contains("rnn of x [2, 6, 3] with mask [2, 5]: the mask must be [2, 6]"), "{message}");
}

#[test]
fn the_formula_of_a_tensor_is_what_the_fixtures_say() {
    let values = values(formula([2, 1], 1.0, 0.5, &Device::flex()));
    assert_close(&values, &[0.5 * 1.0_f64.cos(), 0.5 * 1.7_f64.cos()], 1e-7, "the formula");
}

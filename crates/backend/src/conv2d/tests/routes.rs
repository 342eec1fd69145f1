//! Which way a call takes: kernel, reference or refusal, and what autodiff records.

use burn::backend::Dispatch;
use burn::tensor::quantization::QuantScheme;
use burn::tensor::{DType, Device, GradientCheckpointingStrategy, Tensor};

use super::{Case, Conv2dOptions, conv2d, definition, devices, values};
use crate::{Backend, OptionalTensor};

fn case() -> Case {
    let options = Conv2dOptions::default().with_padding([[1, 0], [2, 1]]);
    Case::new([2, 3, 6, 5], [4, 3, 3, 2], options)
}

/// With the feature `reference-only` every test of this crate that calls the public function runs
/// on devices that the trait does not list.
#[test]
fn devices_are_listed_with_and_without_autodiff_unless_only_references_run() {
    for device in devices() {
        for device in [device.clone(), device.autodiff()] {
            let tensor = Tensor::<4>::ones([1, 1, 1, 1], &device).into_dispatch();
            assert_eq!(crate::route::is_listed(&tensor), cfg!(not(feature = "reference-only")), "{device:?}");
        }
    }
}

#[test]
fn a_call_of_the_trait_panics_exactly_on_unlisted_devices() {
    let ones = || Tensor::<4>::ones([1, 1, 1, 1], &Device::flex()).into_dispatch();
    let call = || <Dispatch as Backend>::conv2d_forward(ones(), ones(), OptionalTensor::Absent, case().options);
    let outcome = std::panic::catch_unwind(call);
    assert_eq!(outcome.is_err(), cfg!(feature = "reference-only"));
}

#[test]
fn gradients_reach_exactly_the_inputs_that_require_them() {
    for mask in 0..8 {
        let inputs = case().inputs(&Device::flex());
        let [x_wanted, weight_wanted, bias_wanted] = [mask & 1 > 0, mask & 2 > 0, mask & 4 > 0];
        let x = inputs.x.autodiff().set_require_grad(x_wanted);
        let weight = inputs.weight.autodiff().set_require_grad(weight_wanted);
        let bias = inputs.bias.unwrap().autodiff().set_require_grad(bias_wanted);

        let y = conv2d(x.clone(), weight.clone(), Some(bias.clone()), case().options);
        assert_eq!(y.is_tracked(), mask > 0);
        if mask > 0 {
            let grads = y.sum().backward();
            assert_eq!(x.grad(&grads).is_some(), x_wanted);
            assert_eq!(weight.grad(&grads).is_some(), weight_wanted);
            assert_eq!(bias.grad(&grads).is_some(), bias_wanted);
        }
    }
}

#[test]
fn filters_that_train_convolve_pictures_without_autodiff() {
    let inputs = case().inputs(&Device::flex());
    let weight = inputs.weight.autodiff().require_grad();
    let y = conv2d(inputs.x, weight.clone(), inputs.bias, case().options);
    let grads = y.sum().backward();
    assert_eq!(weight.grad(&grads).unwrap().dims(), case().weight);
}

#[test]
fn gradient_checkpointing_changes_no_gradient() {
    let strategy = GradientCheckpointingStrategy::Balanced;
    let gradients = |checkpointing: bool| {
        let inputs = case().inputs(&Device::flex());
        let prepare = |tensor: Tensor<4>| match checkpointing {
            true => tensor.autodiff().with_gradient_checkpointing_strategy(strategy),
            false => tensor.autodiff(),
        };
        let x = prepare(inputs.x).require_grad();
        let weight = prepare(inputs.weight).require_grad();
        // tanh is recomputed under checkpointing, so the input of the second one is as well.
        let first = conv2d(x.clone(), weight.clone(), None, case().options).tanh();
        let last = prepare(super::formula([2, 4, 3, 3], 5.0, &Device::flex()));
        let y = conv2d(first, last, None, Conv2dOptions::default());
        let grads = y.powi_scalar(2).sum().backward();
        [x.grad(&grads), weight.grad(&grads)].map(|grad| values(grad.unwrap()))
    };
    assert_eq!(gradients(true), gradients(false));
}

#[test]
fn other_floats_keep_their_type_and_agree_with_the_definition() {
    let expected = definition::outcome(&case());
    for (dtype, tolerance) in [(DType::F64, 1e-5), (DType::F16, 2e-2), (DType::BF16, 1e-1)] {
        let inputs = case().inputs(&Device::flex());
        let x = inputs.x.cast(dtype).autodiff().require_grad();
        let weight = inputs.weight.cast(dtype).autodiff().require_grad();
        let bias = inputs.bias.map(|bias| bias.cast(dtype).autodiff());
        let y = conv2d(x.clone(), weight.clone(), bias, case().options);
        assert_eq!(y.dtype(), dtype);

        let grad = super::formula(y.dims(), 4.0, &Device::flex()).cast(dtype);
        let grads = (y.clone() * grad.autodiff()).sum().backward();
        let close = |tensor: Tensor<4>, expected: &[f32], name| {
            let actual = values(tensor.cast(DType::F32));
            super::assert_close(&actual, expected, tolerance, &format!("{dtype:?}"), name);
        };
        close(y.inner(), &expected.y, "output");
        close(x.grad(&grads).unwrap(), &expected.grad_x, "gradient of x");
        close(weight.grad(&grads).unwrap(), &expected.grad_weight, "gradient of weight");
    }
}

#[test]
fn quantised_filters_convolve_as_the_floats_that_they_stand_for() {
    let inputs = case().inputs(&Device::flex());
    let packed = inputs.weight.quantize_dynamic(&QuantScheme::default());
    let unpacked = packed.clone().dequantize();
    let actual = conv2d(inputs.x.clone(), packed, None, case().options);
    let expected = conv2d(inputs.x, unpacked, None, case().options);
    assert_eq!(values(actual), values(expected));
}

/// The message of the panic when these shapes meet.
fn refusal(x: [usize; 4], weight: [usize; 4], bias: usize, options: Conv2dOptions) -> String {
    let refused = std::panic::catch_unwind(|| {
        let device = Device::flex();
        let bias = Tensor::zeros([bias], &device);
        conv2d(Tensor::zeros(x, &device), Tensor::zeros(weight, &device), Some(bias), options)
    });
    *refused.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_both_shapes_and_the_rule() {
    let plain = Conv2dOptions::default;
    let x = [1, 3, 5, 5];
    let table = [
        ([4, 2, 3, 3], 4, plain(), "weight dimension 1 must be the channels of x"),
        ([4, 1, 3, 3], 4, plain().with_groups(3), "must be a multiple of groups 3"),
        ([4, 3, 3, 3], 5, plain(), "bias [5] must be [4]"),
        ([4, 3, 6, 3], 4, plain(), "covers 6 pixels of height, but the padded input has 5"),
        ([4, 3, 3, 3], 4, plain().with_dilation([1, 3]), "covers 7 pixels of width, but the padded input has 5"),
        ([4, 3, 3, 3], 4, plain().with_groups(0), "groups must be at least 1"),
        ([4, 3, 3, 3], 4, plain().with_stride([0, 1]), "a stride must be at least 1"),
        ([4, 3, 3, 3], 4, plain().with_dilation([1, 0]), "a dilation must be at least 1"),
    ];
    for (weight, bias, options, rule) in table {
        let message = refusal(x, weight, bias, options);
        assert!(message.contains(rule), "{message}");
        assert!(message.contains("[1, 3, 5, 5]"), "{message}");
        assert!(message.contains(&format!("{weight:?}")), "{message}");
    }
}

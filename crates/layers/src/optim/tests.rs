//! The optimisers against PyTorch's and Burn's, their records, groups, clipping and configurations.

use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, Param, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{self as burns, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::*;

#[derive(Module, Debug)]
struct Model {
    table: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

fn wave<const D: usize>(shape: [usize; D], value: impl Fn(f64) -> f64, device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| value(i as f64) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Element i of the table `[5, 7]` is cos(0.7 i + 1), as in the fixture; the bias `[3]` alike.
fn model() -> Model {
    let device = Device::flex().autodiff();
    Model {
        table: Param::from_tensor(wave([5, 7], |i| (0.7 * i + 1.0).cos(), &device)),
        bias: Param::from_tensor(wave([3], |i| (0.7 * i + 1.0).cos(), &device)),
    }
}

/// The fixture's gradients of step `step`, from 1; `zeros` says which rows of the table have none.
fn gradients(model: &Model, step: usize, zeros: impl Fn(usize) -> bool) -> GradientsParams {
    let device = Device::flex();
    let scale = 1.0 / step as f64;
    let value = |i: f64| (0.7 * i + 0.9 * step as f64).cos() * scale;
    let in_table = |i: f64| if zeros(i as usize / 7) { 0.0 } else { value(i) };
    let mut gradients = GradientsParams::new();
    gradients.register::<2>(model.table.id, wave([5, 7], in_table, &device));
    gradients.register::<1>(model.bias.id, wave([3], value, &device));
    gradients
}

fn table(model: &Model) -> Vec<f32> {
    model.table.val().into_data().try_to_vec().unwrap()
}

/// Both parameters' bit patterns.
fn bytes(model: &Model) -> Vec<u32> {
    let bias: Vec<f32> = model.bias.val().into_data().try_to_vec().unwrap();
    table(model).iter().chain(&bias).map(|value| value.to_bits()).collect()
}

/// So many dense steps; the model is held elsewhere meanwhile, as in Burn's trainer, in every second one.
fn trained(optimizer: &mut ModuleOptimizer, mut model: Model, steps: std::ops::RangeInclusive<usize>) -> Model {
    for step in steps {
        let held = (step % 2 == 0).then(|| model.clone());
        let gradients = gradients(&model, step, |_| false);
        model = optimizer.step(0.01, model, gradients);
        drop(held);
    }
    model
}

#[derive(Deserialize)]
struct Fixture {
    steps: Vec<usize>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    shown: Vec<Vec<f32>>,
}

fn momentum(momentum: f64, dampening: f64, nesterov: bool) -> Option<MomentumConfig> {
    Some(MomentumConfig { momentum, dampening, nesterov })
}

fn penalty(penalty: f32) -> Option<WeightDecayConfig> {
    Some(WeightDecayConfig { penalty })
}

/// The optimiser of the fixture's case, and whether its gradients are sparse.
fn optimiser_of(name: &str) -> (ModuleOptimizer, bool) {
    let (adam, adamw, sgd) = (AdamConfig::new().pytorch(), AdamWConfig::new().pytorch(), SgdConfig::new());
    let dense = match name {
        "adam" => adam.init(),
        "adam, betas" => adam.with_beta_1(0.8).with_beta_2(0.99).with_epsilon(1e-3).init(),
        "adam, penalty" => adam.with_weight_decay(penalty(0.1)).init(),
        "adam, amsgrad" => adam.with_amsgrad(true).init(),
        "adam, lazy" => return (adam.with_lazy(true).init(), true),
        "adamw" => adamw.init(),
        "adamw, decay" => adamw.with_weight_decay(0.3).init(),
        "adamw, amsgrad" => adamw.with_weight_decay(0.1).with_amsgrad(true).init(),
        "sgd" => sgd.init(),
        "sgd, penalty" => sgd.with_weight_decay(penalty(0.1)).init(),
        "sgd, momentum" => sgd.with_momentum(momentum(0.9, 0.0, false)).init(),
        "sgd, dampening" => sgd.with_momentum(momentum(0.9, 0.3, false)).with_weight_decay(penalty(0.05)).init(),
        "sgd, nesterov" => sgd.with_momentum(momentum(0.8, 0.0, true)).with_weight_decay(penalty(0.05)).init(),
        "sgd, lazy" => return (sgd.with_lazy(true).init(), true),
        _ => panic!("no case {name}"),
    };
    (dense, false)
}

#[test]
fn twenty_steps_give_the_numbers_of_pytorch() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../tests/fixtures/torch_optimizers.json")).unwrap();
    assert_eq!((fixture.cases.len(), fixture.steps.last()), (14, Some(&20)));
    for case in fixture.cases {
        let (mut optimizer, sparse) = optimiser_of(&case.name);
        let (mut model, mut expected, mut worst) = (model(), case.shown.iter(), 0f32);
        for step in 1..=20 {
            let gradients = gradients(&model, step, |row| sparse && (row + step) % 3 != 0);
            model = optimizer.step(0.01, model, gradients);
            if fixture.steps.contains(&step) {
                let expected = expected.next().unwrap();
                worst = table(&model).iter().zip(expected).fold(worst, |worst, (a, b)| worst.max((a - b).abs()));
            }
        }
        assert!(worst < 1e-6, "{}: {worst:e}", case.name);
    }
}

/// Ours and Burn's of the same settings; `exact` where both must agree to the last bit.
fn pairs() -> Vec<(&'static str, ModuleOptimizer, ModuleOptimizer, bool)> {
    let norm = Some(GradientClippingConfig::Norm(0.5));
    let value = Some(GradientClippingConfig::Value(0.2));
    let (ours, theirs) = (AdamConfig::new(), burns::AdamConfig::new());
    let (ours_w, theirs_w) =
        (AdamWConfig::new().with_weight_decay(0.1), burns::AdamWConfig::new().with_weight_decay(0.1));
    let (sgd, their_sgd) = (SgdConfig::new(), burns::SgdConfig::new());
    vec![
        ("adam", ours.clone().init(), theirs.clone().init(), true),
        (
            "adam with all",
            ours.with_weight_decay(penalty(0.1)).with_amsgrad(true).with_grad_clipping(norm.clone()).init(),
            theirs.with_weight_decay(penalty(0.1)).with_amsgrad(true).with_grad_clipping(norm).init(),
            true,
        ),
        ("adamw", ours_w.clone().init(), theirs_w.clone().init(), false),
        (
            "adamw with all",
            ours_w.with_cautious_weight_decay(true).with_amsgrad(true).with_grad_clipping(value.clone()).init(),
            theirs_w.with_cautious_weight_decay(true).with_amsgrad(true).with_grad_clipping(value).init(),
            false,
        ),
        ("sgd", sgd.clone().init(), their_sgd.clone().init(), true),
        (
            "sgd with all",
            sgd.with_momentum(momentum(0.9, 0.1, true)).with_weight_decay(penalty(0.1)).init(),
            their_sgd.with_momentum(momentum(0.9, 0.1, true)).with_weight_decay(penalty(0.1)).init(),
            true,
        ),
    ]
}

#[test]
fn steps_give_the_numbers_of_burns_optimisers() {
    for (name, mut ours, mut theirs, exact) in pairs() {
        let start = model();
        let (ours, theirs) = (trained(&mut ours, start.clone(), 1..=20), trained(&mut theirs, start, 1..=20));
        if exact {
            assert_eq!(bytes(&ours), bytes(&theirs), "{name}");
        }
        let far = table(&ours).iter().zip(table(&theirs)).any(|(a, b)| (a - b).abs() > 1e-6);
        assert!(!far, "{name}: {:?} and {:?}", table(&ours), table(&theirs));
    }
}

#[test]
fn a_resumed_training_ends_with_the_bytes_of_the_whole_one() {
    let fresh = || pairs().into_iter().map(|(name, ours, ..)| (name, ours));
    for ((name, mut whole), (_, mut resumed)) in fresh().zip(fresh()) {
        let start = model();
        let expected = trained(&mut whole, start.clone(), 1..=9);
        let half = trained(&mut resumed, start, 1..=4);
        let record = resumed.into_bytes().unwrap();
        let (_, again) = fresh().find(|(other, _)| *other == name).unwrap();
        let mut again = again.from_bytes(record).unwrap();
        assert_eq!(bytes(&trained(&mut again, half, 5..=9)), bytes(&expected), "{name}");
    }
}

#[test]
fn records_go_from_burns_optimisers_to_ours_and_back() {
    for (name, mut ours, mut theirs, exact) in pairs().into_iter().filter(|pair| pair.3) {
        assert!(exact);
        let half = trained(&mut theirs, model(), 1..=3);
        let loaded = ours.clone().load_record(theirs.to_record());
        let expected = bytes(&trained(&mut theirs.clone(), half.clone(), 4..=6));
        assert_eq!(bytes(&trained(&mut loaded.clone(), half.clone(), 4..=6)), expected, "{name}: from Burn's");

        trained(&mut ours, half.clone(), 1..=3);
        let back = theirs.clone().load_record(loaded.to_record());
        assert_eq!(bytes(&trained(&mut back.clone(), half, 4..=6)), expected, "{name}: back to Burn's");
    }
}

#[test]
fn a_group_has_its_own_optimiser_and_parameters_without_gradient_stay() {
    let group = ParamGroup::from_regex("^table$").unwrap();
    let mut grouped = AdamConfig::new().init().with_group(group, SgdConfig::new().build(), None);
    let start = model();
    let moved = trained(&mut grouped, start.clone(), 1..=1);
    let plain = trained(&mut SgdConfig::new().init(), start.clone(), 1..=1);
    let adam = trained(&mut AdamConfig::new().init(), start.clone(), 1..=1);
    assert_eq!(table(&moved), table(&plain));
    assert_eq!(bytes(&moved)[35..], bytes(&adam)[35..]);

    let untouched = AdamConfig::new().init().step(0.01, start.clone(), GradientsParams::new());
    assert_eq!(bytes(&untouched), bytes(&start));
}

#[test]
fn amsgrad_can_be_turned_on_and_off_between_two_records() {
    let (mut plain, ams) = (AdamConfig::new().init(), AdamConfig::new().with_amsgrad(true).init());
    let half = trained(&mut plain, model(), 1..=3);
    let mut ams = ams.load_record(plain.to_record());
    let on = trained(&mut ams, half, 4..=6);
    let back = AdamConfig::new().init().load_record(ams.to_record());
    let off = trained(&mut back.clone(), on, 7..=8);
    assert!(table(&off).iter().all(|value| value.is_finite()));
}

fn survives<T: DeserializeOwned + serde::Serialize>(config: &T) -> String {
    let json = serde_json::to_string(config).unwrap();
    let read = serde_json::from_str::<T>(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    let text = toml::to_string(config).unwrap();
    assert_eq!(toml::to_string(&toml::from_str::<T>(&text).unwrap()).unwrap(), text);
    json
}

#[test]
fn configurations_survive_json_and_toml_and_take_burns_defaults_where_they_are_short() {
    let clipping = Some(GradientClippingConfig::Value(0.5));
    survives(&AdamConfig::new().with_weight_decay(penalty(0.1)).with_grad_clipping(clipping.clone()).with_lazy(true));
    survives(&AdamWConfig::new().pytorch().with_grad_clipping(clipping.clone()));
    survives(&SgdConfig::new().with_momentum(momentum(0.5, 0.0, true)).with_gradient_clipping(clipping));

    // Burn's, which write no `lazy`.
    let defaults = |json: String| serde_json::from_str::<serde_json::Value>(&json).unwrap();
    for (ours, theirs) in [
        (survives(&toml::from_str::<AdamConfig>("").unwrap()), serde_json::to_string(&burns::AdamConfig::new())),
        (survives(&toml::from_str::<AdamWConfig>("").unwrap()), serde_json::to_string(&burns::AdamWConfig::new())),
        (survives(&toml::from_str::<SgdConfig>("").unwrap()), serde_json::to_string(&burns::SgdConfig::new())),
    ] {
        let (ours, theirs) = (defaults(ours), defaults(theirs.unwrap()));
        for (name, value) in theirs.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
            assert_eq!(ours.get(name), Some(value), "{name}");
        }
    }
    let unknown = toml::from_str::<AdamConfig>("beta1 = 0.8").unwrap_err();
    assert!(unknown.message().contains("unknown field `beta1`, expected one of `beta_1`"), "{unknown}");
}

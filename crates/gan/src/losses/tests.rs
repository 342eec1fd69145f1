//! Values and gradients against those of PyTorch.

use burn::tensor::Device;
use serde_json::Value;

use super::*;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/losses.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn close(found: &[f32], expected: &[f32]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6)
}

/// Loss and both gradients against PyTorch's.
fn assert_as_in_pytorch(name: &str, expected: &Value, loss: impl Fn(Tensor<1>, Tensor<1>) -> Tensor<1>) {
    let fixture = fixture();
    let device = Device::flex().autodiff();
    let leaf = |key: &str| Tensor::<1>::from_floats(numbers(&fixture[key]).as_slice(), &device).require_grad();
    let (real, fake) = (leaf("real"), leaf("fake"));
    let value = loss(real.clone(), fake.clone());
    let gradients = value.backward();
    let expected_value = expected["loss"].as_f64().unwrap() as f32;
    assert!((value.into_scalar::<f32>() - expected_value).abs() < 2e-6, "{name}");
    for (logits, key) in [(real, "real_gradient"), (fake, "fake_gradient")] {
        let gradient = logits.grad(&gradients);
        let found = gradient.map_or(vec![0.0; 6], |gradient| gradient.into_data().iter::<f32>().collect());
        assert!(close(&found, &numbers(&expected[key])), "{name}, {key}: {found:?}");
    }
}

#[test]
fn every_loss_and_its_gradients_are_pytorchs() {
    let fixture = fixture();
    for (name, loss) in Loss::ALL {
        let expected = &fixture["losses"][name];
        let plain = Targets::default();
        assert_as_in_pytorch(name, &expected["discriminator"], |real, fake| loss.discriminator(real, fake, &plain));
        let smoothed = Targets { smoothing: 0.1, noise: 0.0 };
        assert_as_in_pytorch(name, &expected["smoothed"], |real, fake| loss.discriminator(real, fake, &smoothed));
        assert_as_in_pytorch(name, &expected["generator"], |real, fake| loss.generator(|| real, fake));
    }
}

#[test]
fn logits_however_large_give_finite_losses() {
    let device = Device::flex();
    for (name, loss) in Loss::ALL {
        let far = |sign: f32| Tensor::<1>::from_floats([200.0 * sign, -200.0 * sign], &device);
        let value = loss.discriminator(far(1.0), far(-1.0), &Targets::default()).into_scalar::<f32>();
        assert!(value.is_finite(), "{name}: {value}");
    }
}

#[test]
fn noisy_labels_swap_about_their_share_of_the_targets() {
    let device = Device::flex();
    let logits = Tensor::<1>::zeros([4000], &device);
    let targets = Targets { smoothing: 0.1, noise: 0.25 };
    let (real, fake) = targets.of(&logits, &logits);
    let share = |targets: Tensor<1>| targets.greater_elem(0.5).float().mean().into_scalar::<f32>();
    assert!((share(real.clone()) - 0.75).abs() < 0.03, "{real}");
    assert!((share(fake) - 0.25).abs() < 0.03);
    assert!(real.into_data().iter::<f32>().all(|target| target == 0.0 || (target - 0.9).abs() < 1e-6));
}

#[test]
fn a_loss_that_does_not_exist_is_refused_with_those_that_do() {
    let message = "wgan".parse::<Loss>().unwrap_err().to_string();
    assert!(message.contains("`wgan`") && message.contains("wasserstein"), "{message}");
    for (name, loss) in Loss::ALL {
        assert_eq!(name.parse::<Loss>().unwrap(), loss);
        assert_eq!(loss.name(), name);
        assert_eq!(serde_json::to_value(loss).unwrap(), name);
    }
}

//! What a game of two players must hold.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Distribution, Int, Tensor};
use firebrick_callbacks::Checkpoints;
use firebrick_data::Images;
use firebrick_layers::{build::*, sequential};

use super::*;
use crate::{Gan, GanConfig, GanError, Loss};

/// Whether the gradients hold any for a module, and for all of it.
fn holds<M: Module>(gradients: &GradientsParams, module: &M) -> [bool; 2] {
    struct Held<'a>(&'a GradientsParams, Vec<bool>);
    impl ModuleVisitor for Held<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            if parameter.is_require_grad() {
                self.1.push(self.0.get::<D>(parameter.id).is_some());
            }
        }
    }
    let mut held = Held(gradients, Vec::new());
    module.visit(&mut held);
    [held.1.iter().any(|held| *held), held.1.iter().all(|held| *held)]
}

/// Everything that a module holds, running statistics too.
fn values<M: Module>(module: &M) -> Vec<f32> {
    struct Values(Vec<f32>);
    impl ModuleVisitor for Values {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            self.0.extend(parameter.val().into_data().iter::<f32>());
        }
    }
    let mut values = Values(Vec::new());
    module.visit(&mut values);
    values.0
}

fn players(classes: Option<usize>) -> (Gan, [Tensor<4>; 2], Option<Tensor<1, Int>>) {
    let device = Device::flex().autodiff();
    let gan = GanConfig::dcgan([1, 8, 8]).unwrap().with_latent_size(4).with_classes(classes).init(&device).unwrap();
    let real = Tensor::random([6, 1, 8, 8], Distribution::Uniform(-1.0, 1.0), &device);
    let classes = classes
        .map(|classes| Tensor::from_ints((0..6).map(|i| i % classes as i32).collect::<Vec<i32>>().as_slice(), &device));
    let fakes = gan.generator.forward(gan.generator.noise(6, &device), classes.clone());
    (gan, [real, fakes], classes)
}

#[test]
fn each_phase_has_gradients_for_its_own_player_alone() {
    for (classes, loss) in [(None, Loss::NonSaturating), (Some(3), Loss::NonSaturating), (None, Loss::Relativistic)] {
        let config = TrainingConfig::new().with_loss(loss);
        let (gan, pictures, classes) = players(classes);
        let phase = discriminator_phase(&gan, pictures.clone(), classes.as_ref(), &config);
        assert_eq!(holds(&phase.gradients, &gan.discriminator), [true, true], "all of the discriminator learns");
        assert_eq!(holds(&phase.gradients, &gan.generator), [false, false]);
        let phase = generator_phase(&gan, &gan, pictures, classes.as_ref(), &config);
        assert_eq!(holds(&phase.gradients, &gan.generator), [true, true], "all of the generator learns");
        assert_eq!(holds(&phase.gradients, &gan.discriminator), [false, false]);
        assert!(phase.gradient_norm > 0.0 && phase.defect().is_none());
    }
}

#[test]
fn the_discriminators_statistics_stand_still_in_the_generators_phase_and_the_other_way_round() {
    let config = TrainingConfig::new();
    let (gan, pictures, _) = players(None);
    let before = [values(&gan.generator), values(&gan.discriminator)];
    generator_phase(&gan, &gan, pictures.clone(), None, &config);
    assert_eq!(values(&gan.discriminator), before[1]);
    discriminator_phase(&gan, pictures, None, &config);
    assert_eq!(values(&gan.generator), before[0]);
    assert_ne!(values(&gan.discriminator), before[1], "in its own phase they follow the batch");
}

/// Pictures with a bright quarter, in four classes.
fn quarters(count: usize) -> Images {
    let level = |i: usize, p: usize| if (p / 32) * 2 + (p % 8) / 4 == i % 4 { 230 } else { 12 + (i * p % 7) as u8 };
    let pixels = (0..count).flat_map(|i| (0..64).map(move |p| level(i, p))).collect();
    let labels = (0..count).map(|i| (i % 4) as u32).collect();
    Images::new(pixels, [1, 8, 8], labels, ["a", "b", "c", "d"].map(String::from).to_vec()).unwrap()
}

fn small() -> PictureGan {
    PictureGan::new(GanConfig::dcgan([1, 8, 8]).unwrap().with_latent_size(4))
}

#[test]
fn a_player_that_is_no_longer_finite_stops_the_training_and_the_last_good_checkpoint_is_named() {
    let _alone = crate::testing::alone();
    let folder = tempfile::tempdir().unwrap();
    let images = quarters(12);
    let config = TrainingConfig::new().with_epochs(5).with_batch_size(12).with_generator_rate(1e38);
    let session = GanSession::new().with_checkpoints(Checkpoints::new(folder.path()));
    let error = small().fit(&images, &images, &config, session).unwrap_err();
    let GanError::NotFinite { epoch, checkpoint, .. } = &error else { panic!("{error}") };
    let checkpoint = checkpoint.clone().expect("one from the first epoch");
    assert!(*epoch >= 2 && checkpoint.is_file(), "{error}");
    assert!(error.to_string().contains(&checkpoint.display().to_string()), "{error}");
}

#[test]
fn pictures_and_penalties_that_do_not_fit_are_refused() {
    let fit = |images: &Images, config: TrainingConfig| {
        small().fit(images, images, &config, GanSession::new()).unwrap_err().to_string()
    };
    assert!(fit(&quarters(1), TrainingConfig::new()).contains("there are 1 training pictures"));
    let coloured = Images::new(vec![0; 3 * 64 * 4], [3, 8, 8], vec![0; 4], vec!["a".into()]).unwrap();
    assert!(fit(&coloured, TrainingConfig::new()).contains("[3, 8, 8]"));
    let penalised = TrainingConfig::new().with_penalty(Some(Penalty::R1 { weight: 1.0 }));
    assert!(fit(&quarters(8), penalised).contains("batch_norm"));
    assert!(small().generate(1, 0, None).unwrap_err().to_string().contains("train it"));
    let conditional = PictureGan::new(GanConfig::dcgan([1, 8, 8]).unwrap().with_classes(Some(7)));
    let error = conditional.fit(&quarters(8), &quarters(8), &TrainingConfig::new(), GanSession::new()).unwrap_err();
    assert!(error.to_string().contains("4 classes, the players know 7"));
}

#[test]
fn clipped_weights_stay_within_their_bound_and_penalties_train() {
    let _alone = crate::testing::alone();
    let images = quarters(16);
    let generator = sequential![dense(64).tanh(), reshape([1, 8, 8])];
    let discriminator = sequential![flatten(), dense(16).leaky_relu(0.2), dense(1)];
    let players = || GanConfig::new([1, 8, 8], generator.clone(), discriminator.clone()).with_latent_size(4);
    let wasserstein = TrainingConfig::new().with_loss(Loss::Wasserstein).with_epochs(1).with_batch_size(8);
    let clipped = wasserstein.clone().with_clip(Some(0.01));
    let gan = PictureGan::new(players()).fit(&images, &images, &clipped, GanSession::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    gan.save(folder.path()).unwrap();
    let weights = values(&gan.trained_players().discriminator);
    assert!(weights.iter().all(|weight| weight.abs() <= 0.01), "{weights:?}");
    assert!(weights.iter().any(|weight| weight.abs() == 0.01));
    let loaded = PictureGan::load(folder.path(), &Device::flex()).unwrap();
    assert_eq!(to_bytes(loaded.generate(3, 2, None).unwrap()), to_bytes(gan.generate(3, 2, None).unwrap()));
    let penalised = wasserstein.with_penalty(Some(Penalty::Gradient { weight: 10.0 }));
    assert!(PictureGan::new(players()).fit(&images, &images, &penalised, GanSession::new()).is_ok());
    let all = DiffAugment { colour: true, translation: true, cutout: true };
    let bounded =
        TrainingConfig::new().with_loss(Loss::Hinge).with_epochs(1).with_batch_size(8).with_spectral_norm(true);
    let bounded = bounded.with_diff_augment(all).with_penalty(Some(Penalty::R1 { weight: 1.0 }));
    assert!(PictureGan::new(players()).fit(&images, &images, &bounded, GanSession::new()).is_ok());
}

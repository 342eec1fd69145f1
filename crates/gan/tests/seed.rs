//! Same seed, same bytes. The device's generator is one for the process, so what is seeded has a binary of its own.

use firebrick_data::Images;
use firebrick_gan::GanConfig;
use firebrick_gan::training::{DiffAugment, GanSession, PictureGan, TrainingConfig, to_bytes};

#[test]
fn a_training_with_several_discriminator_steps_repeats_to_the_byte() {
    let pixels = (0..24).flat_map(|i| (0..64).map(move |p| (i * 37 + p * (i % 4 + 1) * 11) as u8)).collect();
    let images = Images::new(pixels, [1, 8, 8], vec![0; 24], vec!["wave".into()]).unwrap();
    let players = GanConfig::dcgan([1, 8, 8]).unwrap().with_latent_size(4);
    let config = TrainingConfig::new()
        .with_epochs(2)
        .with_batch_size(6)
        .with_discriminator_steps(2)
        .with_instance_noise(0.1)
        .with_diff_augment(DiffAugment { colour: true, translation: true, cutout: true })
        .with_ema(Some(0.9));
    let train = |seed: u64, workers: usize| {
        let config = config.clone().with_seed(seed).with_workers(workers);
        let gan = PictureGan::new(players.clone()).fit(&images, &images, &config, GanSession::new()).unwrap();
        to_bytes(gan.generate(4, 1, None).unwrap())
    };
    let first = train(5, 0);
    assert_eq!(first, train(5, 2), "whatever the number of threads");
    assert_ne!(first, train(6, 0));
}

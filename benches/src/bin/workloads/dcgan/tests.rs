//! The losses of both players beside PyTorch's, from the same weights, pictures and noise.

use super::*;
use crate::parity;

#[test]
fn both_players_learn_in_the_steps_of_pytorch() {
    let device = Device::flex().autodiff();
    let real = parity::pictures(BATCH, &device) * 2.0 - 1.0;
    let mut contest = Contest::new(&ours::Ours, real, &device).unwrap();
    // At the rate of the workload the game is chaotic; benches/peers/losses.py says so.
    contest.learning_rate = 3e-5;
    contest.generator = contest.generator.map(|generator| parity::assign(generator, 0));
    contest.discriminator = contest.discriminator.map(|discriminator| parity::assign(discriminator, 50));

    let (discriminator, generator) = (parity::Losses::of("dcgan-discriminator"), parity::Losses::of("dcgan-generator"));
    for step in 0..parity::STEPS {
        let [found_d, found_g] = contest.step(parity::noise(step, [BATCH, NOISE], &device)).unwrap();
        discriminator.assert(step, found_d);
        generator.assert(step, found_g);
    }
}

#[test]
fn both_kinds_of_layers_have_the_same_parameters() {
    let device = Device::flex();
    let parameters = |generator: usize, discriminator: usize| (generator, discriminator);
    let ours = parameters(
        ours::Ours.generator(&device).unwrap().num_params(),
        ours::Ours.discriminator(&device).unwrap().num_params(),
    );
    let burns = parameters(
        burns::Burns.generator(&device).unwrap().num_params(),
        burns::Burns.discriminator(&device).unwrap().num_params(),
    );
    assert_eq!(ours, burns);
}

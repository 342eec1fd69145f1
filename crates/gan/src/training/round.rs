//! One round of the game: the discriminator learns so many times, then the generator once.
//!
//! ```text
//! for each of n parts of the batch      fakes ← G(z);  θ_D ← Adam(∂L_D(real part, fakes)/∂θ_D)
//! then                                  θ_G ← Adam(∂L_G(the last fakes, judged by the new D)/∂θ_G)
//! ```
//!
//! The last fakes serve both players, as the paper's own code does it: the generator has not moved in between, so one forward
//! pass of it is spared. Noise comes from the device's generator, which the training seeds from (seed, step).

use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor};
use firebrick_callbacks::{BatchStep, Phases};
use firebrick_data::ImageBatch;

use super::finite::Defects;
use super::{GanTask, Phase, PlayersScores, discriminator_phase, generator_phase};
use crate::statistics::HeldStatistics;

/// Plays one round with each batch.
#[derive(Clone, Debug, Default)]
pub struct Round {
    pub(super) defects: Defects,
}

/// Sums over the discriminator's steps.
#[derive(Default)]
struct Sums {
    steps: usize,
    loss: f64,
    gradient: f64,
    real: f64,
    fake: f64,
}

impl Sums {
    fn add(&mut self, phase: &Phase) {
        self.steps += 1;
        self.loss += phase.loss;
        self.gradient += phase.gradient_norm;
        self.real += phase.real_accuracy.unwrap_or(0.0);
        self.fake += phase.fake_accuracy;
    }

    fn scores(&self, count: usize, generator: &Phase) -> PlayersScores {
        let mean = |sum: f64| sum / self.steps.max(1) as f64;
        PlayersScores {
            count,
            generator_loss: generator.loss,
            discriminator_loss: mean(self.loss),
            real_accuracy: mean(self.real),
            fake_accuracy: mean(self.fake),
            generator_gradient: generator.gradient_norm,
            discriminator_gradient: mean(self.gradient),
        }
    }
}

impl BatchStep<GanTask> for Round {
    fn run(&self, phases: &mut Phases<'_, GanTask>, batch: ImageBatch) -> PlayersScores {
        let config = phases.model().config();
        let parts = parts(batch, config.discriminator_steps);
        let (last, before) = parts.split_last().expect("a batch has a part for each step of the discriminator");
        let (mut sums, mut count) = (Sums::default(), last.0.dims()[0]);
        for (real, labels) in before {
            let task = phases.model();
            let held = HeldStatistics::of(&task.gan.generator.network);
            let fakes = task.fakes(labels).detach();
            held.restore();
            sums.add(&self.teach_discriminator(phases, &task, [real.clone(), fakes], labels));
            count += labels.dims()[0];
        }
        let (real, labels) = last;
        let task = phases.model();
        let fakes = task.fakes(labels);
        sums.add(&self.teach_discriminator(phases, &task, [real.clone(), fakes.clone()], labels));
        let classes = task.gan.told(labels.clone());
        let judges = phases.model();
        let phase = generator_phase(&judges.gan, &task.gan, [real.clone(), fakes], classes.as_ref(), &config);
        let scores = sums.scores(count, &phase);
        if self.defects.pass("the generator", &phase) {
            phases.optimizer_step(phase.gradients);
        }
        scores
    }
}

impl Round {
    /// The discriminator's phase and its optimiser's step; what the phase leaves, its gradients taken.
    fn teach_discriminator(
        &self,
        phases: &mut Phases<'_, GanTask>,
        task: &GanTask,
        pictures: [Tensor<4>; 2],
        labels: &Tensor<1, Int>,
    ) -> Phase {
        let classes = task.gan.told(labels.clone());
        let mut phase = discriminator_phase(&task.gan, pictures, classes.as_ref(), &task.config());
        let gradients = std::mem::replace(&mut phase.gradients, GradientsParams::new());
        if self.defects.pass("the discriminator", &phase) {
            phases.optimizer_step(gradients);
        }
        phase
    }
}

/// The batch in so many parts of about the same size, at least one.
fn parts(batch: ImageBatch, count: usize) -> Vec<(Tensor<4>, Tensor<1, Int>)> {
    let [pictures, ..] = batch.images.dims();
    let count = count.clamp(1, pictures.max(1));
    let edge = |part: usize| part * pictures / count;
    let part = |i: usize| {
        let range = edge(i)..edge(i + 1);
        (batch.images.clone().slice([range.clone()]), batch.labels.clone().slice([range]))
    };
    (0..count).map(part).collect()
}

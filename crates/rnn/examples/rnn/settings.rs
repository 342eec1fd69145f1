//! A recipe's configuration: what `--set` can change.

use firebrick_rnn::tasks::FitConfig;
use firebrick_run::{Fitting, RunConfig, WatchSettings};
use serde::{Deserialize, Serialize};

/// The problem, how it is learnt, and the callbacks. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings<P> {
    /// What the recipe alone has.
    #[serde(flatten)]
    pub(crate) problem: P,
    #[serde(flatten)]
    pub(crate) fitting: Fitting,
    /// Callbacks that are asked for by their own names.
    #[serde(flatten)]
    pub(crate) watch: WatchSettings,
}

impl<P> Settings<P> {
    /// A problem and how it is learnt; no callbacks but a bound on the norm of all gradients together, without which recurrent
    /// networks leap where the loss is steep (Pascanu et al., 2013, <https://arxiv.org/abs/1211.5063>).
    pub(crate) fn new(problem: P, fit: &FitConfig) -> Self {
        let watch = WatchSettings { clip_norm: Some(1.0), ..WatchSettings::default() };
        Self { problem, fitting: Fitting::of(fit), watch }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn fit(config: &RunConfig<Self>) -> FitConfig {
        config.settings.fitting.fit(config)
    }
}

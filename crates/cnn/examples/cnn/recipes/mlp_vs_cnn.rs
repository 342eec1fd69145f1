//! A multi-layer perceptron beside a convolutional network on the same pictures: accuracy, parameters, seconds.
//!
//! `network` in the settings is the convolutional one; the perceptron is `firebrick_cnn::networks::mlp`.

use firebrick_cnn::networks::mlp;
use firebrick_run::{Recipe, Run, RunResult};

use super::compare::compare;
use super::{Settings, digits, network};
use crate::pictures::pictures;

pub(crate) fn recipe() -> Recipe<Settings> {
    let digits = digits::recipe();
    let settings = Settings { network: "small-convnet".into(), ..digits.settings };
    Recipe { name: "mlp-vs-cnn", settings, ..digits }
}

pub(crate) fn train(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    let splits = pictures(&run.config)?;
    let classes = splits.train.classes().len();
    let networks = [("mlp", mlp(classes)), ("cnn", network(&run.config, classes)?)];
    compare(run, &splits, &networks)
}

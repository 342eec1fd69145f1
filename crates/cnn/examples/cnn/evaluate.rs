//! `cargo xtask evaluate cnn --run DIR`: a stored classifier on the test part of a data set.

use std::io::Write;

use firebrick_cnn::Classifier;
use firebrick_data::catalog::Request;
use firebrick_run::{EvaluateArgs, RunDir};
use serde_json::Value;

use crate::pictures::SPLIT_SEED;

/// Prints accuracy, loss and the figures of each class.
pub(crate) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    let config = RunDir::open(&args.run)?.read_config::<Value>()?;
    config.expect_crate("cnn", &args.run)?;
    let classifier = Classifier::load(&args.run, &args.device.device()?)?;
    let dataset = args.dataset.as_ref().unwrap_or(&config.dataset);
    let data_dir = args.data_dir.as_ref().or(config.data_dir.as_ref());
    let [_, height, width] = classifier.shape();
    let request = Request::new(dataset).with_data_dir(data_dir.map(AsRef::as_ref)).with_seed(SPLIT_SEED);
    let splits = request.with_picture_size((dataset == "folder").then_some([height, width])).images()?;
    let evaluation = classifier.evaluate(&splits.test)?;
    writeln!(std::io::stdout(), "{dataset}, test pictures: {evaluation}")?;
    Ok(())
}

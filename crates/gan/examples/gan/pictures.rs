//! The real pictures of a run.

use anyhow::ensure;
use firebrick_data::catalog::Request;
use firebrick_data::{Images, Splits, split};
use firebrick_run::RunConfig;

use crate::settings::Settings;

/// The split into training, validation and test pictures is made once; seeds change only the training.
const SPLIT_SEED: u64 = 0;

/// The run's pictures; the settings may ask for fewer training pictures.
pub(crate) fn pictures(config: &RunConfig<Settings>) -> anyhow::Result<Splits<Images>> {
    let request = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).with_seed(SPLIT_SEED);
    let splits = request.with_picture_size(config.picture_size).images()?;
    ensure!(config.settings.judged >= 10, "judged = {} is out of range: at least 10", config.settings.judged);
    let train = match config.settings.train_pictures {
        Some(count) => splits.train.subset(&split::sample(splits.train.labels(), count, SPLIT_SEED)),
        None => splits.train,
    };
    Ok(Splits { train, ..splits })
}

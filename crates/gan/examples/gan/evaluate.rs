//! `cargo xtask evaluate gan --run DIR`: the judge of a run looks at its generator once more.

use std::io::Write;

use anyhow::ensure;
use firebrick_gan::training::{Judge, PictureGan};
use firebrick_run::{EvaluateArgs, RunDir};

use crate::pictures::pictures;
use crate::settings::Settings;
use crate::verdict::judge;

/// Prints what `result.json` says, found anew.
pub(crate) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    let mut config = RunDir::open(&args.run)?.read_config::<Settings>()?;
    config.expect_crate("gan", &args.run)?;
    let same = args.dataset.as_ref().is_none_or(|name| *name == config.dataset);
    ensure!(same, "the judge of this run knows {} alone: leave out --dataset", config.dataset);
    config.data_dir = args.data_dir.clone().or(config.data_dir);
    let device = args.device.device()?;
    let (gan, critic) = (PictureGan::load(&args.run, &device)?, Judge::load(&args.run, &device)?);
    let judged = judge(&gan, &critic, &pictures(&config)?, config.settings.judged)?;
    for (name, value) in judged.metrics {
        writeln!(std::io::stdout(), "{name:<34} {value:.4}")?;
    }
    Ok(())
}

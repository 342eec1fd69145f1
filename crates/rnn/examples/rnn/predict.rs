//! `cargo xtask predict rnn --run DIR TEXT...`: the class of texts.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use firebrick_data::{Sequences, Targets};
use firebrick_rnn::tasks::SequenceClassifier;
use firebrick_rnn::text::TextPipeline;
use firebrick_run::{DeviceName, RunDir};
use serde_json::Value;

use crate::recipes::TEXT;

/// Arguments of the verb `predict`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run directory of the recipe sentiment
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// Where to compute
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t)]
    device: DeviceName,
    /// The texts, each in quotes
    #[arg(required = true, value_name = "TEXT")]
    texts: Vec<String>,
}

/// Prints a line per text: the classes with their probabilities, the likeliest first.
pub(crate) fn predict(args: &Args) -> anyhow::Result<()> {
    RunDir::open(&args.run)?.read_config::<Value>()?.expect_crate("rnn", &args.run)?;
    let pipeline = TextPipeline::load(&args.run.join(TEXT))
        .with_context(|| format!("{} is no run of the recipe sentiment", args.run.display()))?;
    let classifier: SequenceClassifier = SequenceClassifier::load(&args.run, &args.device.device()?)?;
    let texts = Sequences::of_ids(&pipeline.encode_all(&args.texts)?, Targets::Unknown)?;
    for (text, row) in args.texts.iter().zip(classifier.predict(&texts)?) {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
        let named = |&class: &usize| format!("{} {:.1} %", classifier.classes()[class], 100.0 * row[class]);
        let classes: Vec<String> = order.iter().map(named).collect();
        writeln!(std::io::stdout(), "{}  {text}", classes.join(", "))?;
    }
    Ok(())
}

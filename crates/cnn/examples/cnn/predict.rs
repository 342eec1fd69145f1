//! `cargo xtask predict cnn --run DIR FILE...`: picture files of any size.

use std::io::Write;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use firebrick_cnn::Classifier;
use firebrick_data::readers::folder::read_picture;
use firebrick_run::{PredictArgs, RunDir};
use serde_json::Value;

/// Arguments of the verb `predict`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    shared: PredictArgs,
    /// Swap dark and light: for dark writing on light paper, where the training pictures are light on dark
    #[arg(long)]
    invert: bool,
}

/// Prints a line per file: the likeliest classes with their probabilities.
pub(crate) fn predict(args: &Args) -> anyhow::Result<()> {
    let Args { shared, invert } = args;
    RunDir::open(&shared.run)?.read_config::<Value>()?.expect_crate("cnn", &shared.run)?;
    let device = shared.device.device()?;
    let classifier = Classifier::load(&shared.run, &device)?;
    let mut failed = 0;
    for file in &shared.files {
        match line(&classifier, file, *invert, shared.top, &device) {
            Ok(line) => writeln!(std::io::stdout(), "{}: {line}", file.display())?,
            Err(error) => {
                failed += 1;
                writeln!(std::io::stderr(), "{}: {error:#}", file.display())?;
            }
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {} files could not be read", shared.files.len());
    Ok(())
}

fn line(classifier: &Classifier, file: &Path, invert: bool, top: usize, device: &Device) -> anyhow::Result<String> {
    let picture = read(file, classifier.shape(), invert, device)?;
    let row = classifier.predict(&picture)?.swap_remove(0);
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
    let named = |&class: &usize| format!("{} {:.1} %", classifier.classes()[class], 100.0 * row[class]);
    Ok(order.iter().take(top).map(named).collect::<Vec<_>>().join(", "))
}

/// The picture at the network's size and with its channels, `[1, C, H, W]`, values 0 to 1.
fn read(file: &Path, shape: [usize; 3], invert: bool, device: &Device) -> anyhow::Result<Tensor<4>> {
    let [channels, height, width] = shape;
    let level = |byte: u8| f32::from(if invert { 255 - byte } else { byte }) / 255.0;
    let values: Vec<f32> = read_picture(file, shape)?.into_iter().map(level).collect();
    Ok(Tensor::from_data(TensorData::new(values, [1, channels, height, width]), device))
}

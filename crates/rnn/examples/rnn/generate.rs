//! `cargo xtask generate rnn --run DIR`: a stored language model writes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use firebrick_rnn::tasks::{LanguageModel, Sampling};
use firebrick_run::{DeviceName, RunDir};
use serde_json::Value;

/// Arguments of the verb `generate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run directory of a language model
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// What the text begins with
    #[arg(long, value_name = "TEXT", default_value = "\n")]
    prompt: String,
    /// How many characters to write
    #[arg(long, value_name = "N", default_value_t = 500)]
    length: usize,
    /// Above 1 is bolder, below 1 safer, 0 takes the most probable character each time
    #[arg(long, value_name = "T", default_value_t = 0.8)]
    temperature: f64,
    /// Draw from the K most probable characters only
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    /// Draw from the fewest characters only whose probabilities add up to P
    #[arg(long, value_name = "P")]
    top_p: Option<f64>,
    /// Seed of the draws: same seed, same text
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where to compute
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t)]
    device: DeviceName,
}

/// Prints the prompt and what follows it.
pub(crate) fn generate(args: &Args) -> anyhow::Result<()> {
    RunDir::open(&args.run)?.read_config::<Value>()?.expect_crate("rnn", &args.run)?;
    let model = LanguageModel::load(&args.run, &args.device.device()?)
        .with_context(|| format!("{} holds no language model; train one with --recipe char-lm", args.run.display()))?;
    let alphabet = Alphabet::new(model.symbols().to_vec());
    let sampling = Sampling { temperature: args.temperature, top_k: args.top_k, top_p: args.top_p, seed: args.seed };
    let text = written(&model, &alphabet, &args.prompt, args.length, &sampling)?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// Characters and their ids.
pub(crate) struct Alphabet {
    symbols: Vec<String>,
    ids: BTreeMap<String, u32>,
}

impl Alphabet {
    pub(crate) fn new(symbols: Vec<String>) -> Self {
        let ids = symbols.iter().zip(0..).map(|(symbol, id)| (symbol.clone(), id)).collect();
        Self { symbols, ids }
    }

    /// In the order of their ids.
    pub(crate) fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The ids of a text's characters; refuses a character that the alphabet does not have.
    pub(crate) fn read(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let id = |(position, character): (usize, char)| {
            self.ids.get(character.to_string().as_str()).copied().ok_or_else(|| {
                anyhow!(
                    "the model does not know {character:?}, character {} of the text; it knows {:?}",
                    position + 1,
                    self.symbols.concat()
                )
            })
        };
        text.chars().enumerate().map(id).collect()
    }

    /// The text of ids.
    fn write(&self, ids: &[u32]) -> String {
        ids.iter().map(|&id| self.symbols[id as usize].as_str()).collect()
    }
}

/// A prompt and what the model writes after it.
pub(crate) fn written(
    model: &LanguageModel,
    alphabet: &Alphabet,
    prompt: &str,
    length: usize,
    sampling: &Sampling,
) -> anyhow::Result<String> {
    let ids = model.generate(&alphabet.read(prompt)?, length, sampling)?;
    Ok(format!("{prompt}{}", alphabet.write(&ids)))
}

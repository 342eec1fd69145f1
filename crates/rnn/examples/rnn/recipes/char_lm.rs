//! A language model over characters: which one comes next? Tiny Shakespeare, or a text of one's own with `--dataset text`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::ensure;
use firebrick_data::catalog::Request;
use firebrick_rnn::tasks::{Corpus, FitConfig, LanguageModel, Sampling, Schedule};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, Table};
use serde::{Deserialize, Serialize};

use crate::generate::{Alphabet, written};
use crate::settings::Settings;
use crate::train::{Config, Problem};

/// Characters of the sample in the report.
const SHOWN: usize = 500;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CharLm {
    pub(crate) embedding: usize,
    pub(crate) hidden_size: usize,
    pub(crate) layers: usize,
    /// Of the features between the layers.
    pub(crate) dropout: f64,
    /// Steps of a window in training: gradients flow that far back.
    pub(crate) window: usize,
    /// Steps of a window in validation, each of which begins without memory.
    pub(crate) valid_window: usize,
}

/// The text of a run.
pub(crate) struct Text {
    train: Corpus,
    valid: Corpus,
    alphabet: Alphabet,
}

pub(crate) fn recipe() -> Recipe<Settings<CharLm>> {
    let problem = CharLm { embedding: 64, hidden_size: 384, layers: 1, dropout: 0.1, window: 128, valid_window: 512 };
    let fit = FitConfig::new()
        .with_batch_size(32)
        .with_learning_rate(4e-3)
        .with_schedule(Schedule::Cosine { warmup_epochs: 1 });
    Recipe { name: "char-lm", dataset: "tiny-shakespeare", epochs: 12, settings: Settings::new(problem, &fit) }
}

/// The text to learn from and the text to validate on.
fn texts(config: &Config<CharLm>) -> anyhow::Result<[String; 2]> {
    let request = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).with_seed(0);
    let parts = request.corpus()?;
    Ok([parts.train, parts.valid])
}

impl Text {
    fn of([train, valid]: &[String; 2], alphabet: Alphabet, config: &Config<CharLm>) -> anyhow::Result<Self> {
        let CharLm { window, valid_window, .. } = config.settings.problem;
        let corpus = |text: &str, window| anyhow::Ok(Corpus::new(alphabet.read(text)?)?.with_window(window)?);
        Ok(Self { train: corpus(train, window)?, valid: corpus(valid, valid_window)?, alphabet })
    }
}

impl Problem for CharLm {
    type Task = LanguageModel;
    type Data = Text;

    fn data(config: &Config<Self>) -> anyhow::Result<Text> {
        let parts = texts(config)?;
        let characters: BTreeSet<char> = parts.iter().flat_map(|text| text.chars()).collect();
        Text::of(&parts, Alphabet::new(characters.into_iter().map(String::from).collect()), config)
    }

    fn data_of(config: &Config<Self>, task: &LanguageModel, _run: &Path) -> anyhow::Result<Text> {
        Text::of(&texts(config)?, Alphabet::new(task.symbols().to_vec()), config)
    }

    fn parts(data: &Text) -> [&Corpus; 2] {
        [&data.train, &data.valid]
    }

    fn shape(_data: &Text) -> SequenceShape {
        SequenceShape::ids()
    }

    fn network(&self, data: &Text) -> SequenceNetworkConfig {
        let symbols = data.alphabet.symbols().len();
        let network = sequence![embedding(symbols, self.embedding)];
        let layers = (0..self.layers).fold(network, |network, _| {
            network.with(lstm(self.hidden_size).return_sequences()).with(dropout(self.dropout))
        });
        layers.with(dense(symbols))
    }

    fn task(&self, network: SequenceNetworkConfig, data: &Text) -> anyhow::Result<LanguageModel> {
        ensure!(
            self.layers > 0 || !network.positions().is_empty(),
            "layers = 0: a language model has at least one layer"
        );
        Ok(LanguageModel::new(network, data.alphabet.symbols().to_vec()))
    }

    fn metrics(&self, task: &LanguageModel, data: &Text) -> anyhow::Result<Vec<(String, f64)>> {
        let scores = task.evaluate(&data.valid)?;
        Ok(vec![
            ("valid_loss".into(), scores.loss),
            ("valid_accuracy".into(), scores.accuracy),
            ("valid_perplexity".into(), scores.perplexity()),
            ("valid_bits_per_character".into(), scores.bits_per_symbol()),
        ])
    }

    fn report(&self, report: Report, task: &LanguageModel, data: &Text, folder: &Path) -> anyhow::Result<Report> {
        let prompt = &data.alphabet.symbols()[..1];
        let sampling = Sampling::new().with_temperature(0.8);
        let text = written(task, &data.alphabet, &prompt[0], SHOWN, &sampling)?;
        std::fs::write(folder.join("sample.txt"), &text)?;
        let mut table = Table::new(["text"]);
        text.lines().for_each(|line| table.push([line]));
        Ok(report.with_table("What it writes", "Drawn at temperature 0.8; the file sample.txt holds the same.", table))
    }
}

//! The sentiment of short texts, from nothing but the texts: NSMC (Korean), SST-2, MR, or one's own with `--dataset tsv`.

use std::path::Path;

use firebrick_data::catalog::Request;
use firebrick_data::readers::tsv::Texts;
use firebrick_data::{Length, Padding, Sequences, Splits, Targets};
use firebrick_rnn::tasks::{FitConfig, SequenceClassifier};
use firebrick_rnn::text::{TextConfig, TextPipeline, Unit};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, Table, WatchSettings};
use serde::{Deserialize, Serialize};

use super::digits_rows::{confusion, figures};
use crate::settings::Settings;
use crate::train::{Config, Problem};

/// Where the vocabulary lies in the run directory.
pub(crate) const TEXT: &str = "text.json";
/// Parts that a data set lacks are drawn once; seeds change only the training.
const SPLIT_SEED: u64 = 0;
/// Texts in the report.
const SHOWN: usize = 15;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sentiment {
    /// What a text is cut into: `words`, `characters` or `byte-pairs`.
    pub(crate) unit: Unit,
    pub(crate) vocabulary: usize,
    pub(crate) min_frequency: u64,
    pub(crate) embedding: usize,
    pub(crate) hidden_size: usize,
    /// Of the embedding's features, whole features at a time, and before the last layer.
    pub(crate) dropout: f64,
    /// Tokens of a text that are read; the rest is cut off.
    pub(crate) max_length: usize,
}

/// The texts of a run.
pub(crate) struct Reviews {
    texts: Splits<Texts>,
    sequences: Splits<Sequences>,
    pipeline: TextPipeline,
}

pub(crate) fn recipe() -> Recipe<Settings<Sentiment>> {
    let problem = Sentiment {
        unit: Unit::BytePairs,
        vocabulary: 8000,
        min_frequency: 2,
        embedding: 128,
        hidden_size: 64,
        dropout: 0.4,
        max_length: 200,
    };
    let fit = FitConfig::new().with_batch_size(64).with_learning_rate(2e-3).with_weight_decay(0.01);
    let settings = Settings::new(problem, &fit);
    let watch = WatchSettings { keep_best: true, patience: Some(2), ..settings.watch };
    Recipe { name: "sentiment", dataset: "nsmc", epochs: 8, settings: Settings { watch, ..settings } }
}

fn texts(config: &Config<Sentiment>) -> anyhow::Result<Splits<Texts>> {
    let request = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).with_seed(SPLIT_SEED);
    Ok(request.texts()?)
}

impl Reviews {
    fn of(texts: Splits<Texts>, pipeline: TextPipeline) -> anyhow::Result<Self> {
        let sequences = |texts: &Texts| {
            let targets = Targets::classes(texts.labels.clone(), texts.classes.clone());
            anyhow::Ok(Sequences::of_ids(&pipeline.encode_all(&texts.texts)?, targets)?)
        };
        let sequences =
            Splits { train: sequences(&texts.train)?, valid: sequences(&texts.valid)?, test: sequences(&texts.test)? };
        Ok(Self { texts, sequences, pipeline })
    }
}

impl Problem for Sentiment {
    type Task = SequenceClassifier;
    type Data = Reviews;

    fn data(config: &Config<Self>) -> anyhow::Result<Reviews> {
        let Self { unit, vocabulary, min_frequency, .. } = config.settings.problem;
        let texts = texts(config)?;
        let kind = match unit {
            Unit::Words => TextConfig::words(),
            Unit::Characters => TextConfig::characters(),
            Unit::BytePairs => TextConfig::byte_pairs(vocabulary),
        };
        let kind = kind.with_max_size(vocabulary).with_min_frequency(min_frequency);
        let pipeline = TextPipeline::fit(&texts.train.texts, &kind)?;
        Reviews::of(texts, pipeline)
    }

    fn data_of(config: &Config<Self>, _task: &SequenceClassifier, run: &Path) -> anyhow::Result<Reviews> {
        Reviews::of(texts(config)?, TextPipeline::load(&run.join(TEXT))?)
    }

    fn parts(data: &Reviews) -> [&Sequences; 2] {
        [&data.sequences.train, &data.sequences.valid]
    }

    fn shape(_data: &Reviews) -> SequenceShape {
        SequenceShape::ids()
    }

    fn network(&self, data: &Reviews) -> SequenceNetworkConfig {
        sequence![
            embedding(data.pipeline.vocabulary().len(), self.embedding).mask_zero(),
            spatial_dropout1d(self.dropout / 2.0),
            bidirectional(lstm(self.hidden_size).return_sequences()),
            global_max_pool1d(),
            dropout(self.dropout),
            dense(data.texts.train.classes.len()),
        ]
    }

    fn task(&self, network: SequenceNetworkConfig, _data: &Reviews) -> anyhow::Result<SequenceClassifier> {
        let padding = Padding::new().with_length(Length::AtMost(self.max_length));
        Ok(SequenceClassifier::new(network).with_padding(padding))
    }

    fn metrics(&self, task: &SequenceClassifier, data: &Reviews) -> anyhow::Result<Vec<(String, f64)>> {
        Ok(figures(&task.evaluate(&data.sequences.test)?))
    }

    fn report(
        &self,
        report: Report,
        task: &SequenceClassifier,
        data: &Reviews,
        folder: &Path,
    ) -> anyhow::Result<Report> {
        data.pipeline.save(&folder.join(TEXT))?;
        let test = &data.texts.test;
        let probabilities = task.predict(&data.sequences.test)?;
        let wrong = |i: &usize| f64::from(1.0 - probabilities[*i][test.labels[*i] as usize]);
        let mut order: Vec<usize> = (0..test.len()).collect();
        order.sort_by(|a, b| wrong(b).total_cmp(&wrong(a)).then(a.cmp(b)));
        let mut table = Table::new(["text", "class", "its probability"]);
        for &i in order.iter().take(SHOWN) {
            let class = &test.classes[test.labels[i] as usize];
            table.push([test.texts[i].clone(), class.clone(), format!("{:.4}", 1.0 - wrong(&i))]);
        }
        Ok(report.with_confusion(confusion(&task.evaluate(&data.sequences.test)?)).with_table(
            "Worst mistakes",
            "Test texts whose class the network thinks least likely.",
            table,
        ))
    }
}

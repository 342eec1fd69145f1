//! The embedded Reber grammar (Hochreiter & Schmidhuber, 1997): predict the next symbol of a string; the last but one repeats the
//! second, however much lies between. No data to download.
//!
//! A string counts as right when at every step the symbols that the grammar allows next are the most probable ones.

use std::path::Path;

use firebrick_data::Sequences;
use firebrick_data::problems::reber::{Grammar, ReberString, sequences};
use firebrick_rnn::tasks::{FitConfig, Schedule, SequenceTagger};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, Table};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::settings::Settings;
use crate::train::{Config, Problem};

/// The strings are the same for every seed of a training.
const TRAIN_SEED: u64 = 1;
const VALID_SEED: u64 = 2;
const TEST_SEED: u64 = 3;
const FAR_SEED: u64 = 4;
/// Strings in the report.
const SHOWN: usize = 12;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reber {
    pub(crate) grammar: Grammar,
    pub(crate) cell: Cell,
    pub(crate) hidden_size: usize,
    pub(crate) train_strings: usize,
    pub(crate) test_strings: usize,
    /// Symbols of the longest string.
    pub(crate) max_length: usize,
    /// Symbols of strings that are tested apart, most of them longer than any that was learnt from.
    pub(crate) far_lengths: Vec<usize>,
    /// Strings of each of these lengths.
    pub(crate) far_strings: usize,
}

/// The strings of a run.
pub(crate) struct Strings {
    train: Sequences,
    valid: Sequences,
    test: Sequences,
    test_strings: Vec<ReberString>,
    /// For each of the far lengths.
    far: Vec<Vec<ReberString>>,
}

impl Strings {
    /// The longest test string.
    pub(super) fn long_string(&self) -> &ReberString {
        let longest = self.test_strings.iter().max_by_key(|string| string.symbols().len());
        longest.expect("there is a test string")
    }

    /// `count` strings as ids, each joined from test strings and cut to exactly `steps` symbols.
    pub(super) fn long_strings(&self, count: usize, steps: usize) -> anyhow::Result<Vec<Vec<u32>>> {
        let mut symbols = self.test_strings.iter().flat_map(ReberString::symbols).map(|&symbol| u32::from(symbol) + 1);
        let strings: Vec<Vec<u32>> = (0..count).map(|_| symbols.by_ref().take(steps).collect()).collect();
        let found = strings.iter().map(Vec::len).sum::<usize>();
        anyhow::ensure!(
            found == count * steps,
            "the test strings have {found} symbols and {} are needed: set test_strings higher",
            count * steps
        );
        Ok(strings)
    }
}

pub(crate) fn recipe() -> Recipe<Settings<Reber>> {
    let problem = Reber {
        grammar: Grammar::Embedded,
        cell: Cell::Lstm,
        hidden_size: 32,
        train_strings: 2000,
        test_strings: 1000,
        max_length: 50,
        far_lengths: vec![10, 20, 40, 60, 80, 100],
        far_strings: 200,
    };
    let fit = FitConfig::new()
        .with_batch_size(32)
        .with_learning_rate(1e-2)
        .with_schedule(Schedule::Cosine { warmup_epochs: 1 });
    Recipe { name: "reber", dataset: "reber", epochs: 20, settings: Settings::new(problem, &fit) }
}

impl Reber {
    /// The length of each string, whether it is right at every step, and whether at the step that needs the second symbol.
    fn judged(task: &SequenceTagger, strings: &[ReberString]) -> anyhow::Result<Vec<(usize, bool, bool)>> {
        let probabilities = task.predict(&sequences(strings))?;
        let judged = strings.iter().zip(&probabilities).map(|(string, rows)| {
            let right = string.predicted(rows);
            let distant = string.long_distance_step().is_none_or(|step| right[step]);
            (string.symbols().len(), right.iter().all(|right| *right), distant)
        });
        Ok(judged.collect())
    }
}

/// The share of strings of which something holds, 0 to 1.
fn share(judged: &[(usize, bool, bool)], holds: impl Fn(&(usize, bool, bool)) -> bool) -> f64 {
    judged.iter().filter(|string| holds(string)).count() as f64 / judged.len() as f64
}

impl Problem for Reber {
    type Task = SequenceTagger;
    type Data = Strings;

    fn data(config: &Config<Self>) -> anyhow::Result<Strings> {
        anyhow::ensure!(
            config.dataset == "reber",
            "the recipe reber makes its own strings: there is no data set to choose"
        );
        let Self { grammar, train_strings, test_strings, max_length, far_strings, ref far_lengths, .. } =
            config.settings.problem;
        let lengths = grammar.min_length()..=max_length;
        anyhow::ensure!(test_strings > 0, "test_strings = 0: without test strings there is nothing to judge by");
        let strings = |count, seed| grammar.strings(count, lengths.clone(), seed);
        let test_strings = strings(test_strings, TEST_SEED)?;
        let far = far_lengths.iter().map(|&length| grammar.strings(far_strings, length..=length, FAR_SEED));
        Ok(Strings {
            train: sequences(&strings(train_strings, TRAIN_SEED)?),
            valid: sequences(&strings(test_strings.len(), VALID_SEED)?),
            test: sequences(&test_strings),
            test_strings,
            far: far.collect::<Result<_, _>>()?,
        })
    }

    fn parts(data: &Strings) -> [&Sequences; 2] {
        [&data.train, &data.valid]
    }

    fn shape(_data: &Strings) -> SequenceShape {
        SequenceShape::ids()
    }

    fn network(&self, _data: &Strings) -> SequenceNetworkConfig {
        let symbols = firebrick_data::problems::reber::SYMBOLS.len();
        let network = sequence![embedding(symbols + 1, 8).mask_zero()];
        self.cell.add_to(network, self.hidden_size, true).with(dense(symbols))
    }

    fn task(&self, network: SequenceNetworkConfig, _data: &Strings) -> anyhow::Result<SequenceTagger> {
        Ok(SequenceTagger::new(network))
    }

    fn metrics(&self, task: &SequenceTagger, data: &Strings) -> anyhow::Result<Vec<(String, f64)>> {
        let judged = Self::judged(task, &data.test_strings)?;
        let mut metrics = vec![
            ("test_string_accuracy".into(), share(&judged, |string| string.1)),
            ("test_distant_accuracy".into(), share(&judged, |string| string.2)),
            ("test_loss".into(), task.evaluate(&data.test)?.steps.loss),
        ];
        for strings in data.far.iter().filter(|strings| !strings.is_empty()) {
            let judged = Self::judged(task, strings)?;
            metrics.push((format!("distant_accuracy_at_{}", judged[0].0), share(&judged, |string| string.2)));
        }
        Ok(metrics)
    }

    fn report(&self, report: Report, task: &SequenceTagger, data: &Strings, _folder: &Path) -> anyhow::Result<Report> {
        let mut lengths =
            Table::new(["symbols", "strings", "right at every step", "right where the second symbol is asked for"]);
        for strings in data.far.iter().filter(|strings| !strings.is_empty()) {
            let judged = Self::judged(task, strings)?;
            let shares = [share(&judged, |string| string.1), share(&judged, |string| string.2)];
            let shares = shares.map(|share| format!("{:.1} %", 100.0 * share));
            lengths.push([judged[0].0.to_string(), judged.len().to_string()].into_iter().chain(shares));
        }
        let judged = Self::judged(task, &data.test_strings)?;
        let mut shown = Table::new(["string", "right at every step"]);
        for (string, (_, right, _)) in data.test_strings.iter().zip(&judged).take(SHOWN) {
            shown.push([string.to_string(), if *right { "yes" } else { "no" }.to_string()]);
        }
        Ok(report
            .with_table(
                "By length",
                &format!(
                    "Strings of exactly so many symbols; the network has learnt from strings of at most {}.",
                    self.max_length
                ),
                lengths,
            )
            .with_table("Strings", "The first test strings.", shown))
    }
}

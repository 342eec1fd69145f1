//! Several seeds of one recipe: each in a directory of its own, stored as it ends, skipped when started again.
//!
//! ```text
//! DIR/config.json  DIR/seed-0/..  DIR/seed-1/..  DIR/seeds.json (mean and deviation over the seeds so far)
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{ArgumentError, RunConfig};
use crate::device::DeviceName;
use crate::dir::RunDir;
use crate::files::write_json;
use crate::launch::{Run, say, train_once};
use crate::numbers::metric;
use crate::result::RunResult;
use crate::table::Table;

/// The spread of one figure over several seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation of the sample (divisor n - 1); `None` for a single value.
    pub deviation: Option<f64>,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The values, one a seed.
    pub values: Vec<f64>,
}

impl Spread {
    /// The spread of values.
    ///
    /// # Panics
    /// When there is no value.
    pub fn of(values: Vec<f64>) -> Self {
        assert!(!values.is_empty(), "a spread needs at least one value");
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            values,
        }
    }
}

/// The results of several seeds together; stored as `seeds.json`, printed as a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedsSummary {
    /// The crate whose binary made the runs.
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// The recipe.
    pub recipe: String,
    /// The data set.
    pub dataset: String,
    /// Where it was computed.
    pub device: DeviceName,
    /// Trainable parameters of the network.
    pub parameters: usize,
    /// The seeds that have finished.
    pub seeds: Vec<u64>,
    /// The spread of each metric that every seed has, and of `seconds`.
    pub metrics: BTreeMap<String, Spread>,
}

impl SeedsSummary {
    /// Summarises finished runs of one recipe, in their order.
    ///
    /// # Panics
    /// When there is no result.
    pub fn of(results: &[RunResult]) -> Self {
        let first = results.first().expect("a summary needs at least one result");
        let values = |name: &String| {
            results.iter().map(|result| result.metrics.get(name).copied()).collect::<Option<Vec<f64>>>()
        };
        let shared = first.metrics.keys().filter_map(|name| Some((name.clone(), Spread::of(values(name)?))));
        let seconds = Spread::of(results.iter().map(|result| result.seconds).collect());
        Self {
            crate_name: first.crate_name.clone(),
            recipe: first.recipe.clone(),
            dataset: first.dataset.clone(),
            device: first.device,
            parameters: first.parameters,
            seeds: results.iter().map(|result| result.seed).collect(),
            metrics: shared.chain([("seconds".to_string(), seconds)]).collect(),
        }
    }

    /// A row for each seed, then mean and deviation.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["seed".to_string()].into_iter().chain(self.metrics.keys().cloned()));
        let row = |name: String, cell: &dyn Fn(&Spread) -> String| {
            [name].into_iter().chain(self.metrics.values().map(cell)).collect::<Vec<String>>()
        };
        for (i, seed) in self.seeds.iter().enumerate() {
            table.push(row(seed.to_string(), &|spread| metric(spread.values[i])));
        }
        table.push(row("mean".into(), &|spread| metric(spread.mean)));
        table.push(row("deviation".into(), &|spread| spread.deviation.map_or("–".into(), metric)));
        table
    }
}

impl fmt::Display for SeedsSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table())
    }
}

/// The directory for the seeds of a configuration, and whether it was begun before: `out`, or the first
/// `runs/CRATE-RECIPE-seeds-N` that holds the same configuration, or else a new one.
pub(crate) fn directory<T: Clone + Serialize + DeserializeOwned>(
    config: &RunConfig<T>,
    out: Option<&Path>,
) -> Result<(RunDir, bool), ArgumentError> {
    if let Some(out) = out {
        return match out.join("config.json").is_file() {
            true => begun(config, out),
            false => Ok((RunDir::create(Some(out), &config.crate_name, &config.recipe)?, false)),
        };
    }
    let stem = format!("{}-seeds", config.recipe);
    let path = |number: u64| PathBuf::from(format!("runs/{}-{stem}-{number}", config.crate_name));
    for path in (1..).map(path).take_while(|path| path.exists()) {
        match begun(config, &path) {
            Err(ArgumentError::Changes { .. } | ArgumentError::File(_)) => {}
            Err(ArgumentError::Directory(_)) if !path.join("config.json").exists() => {}
            found => return found,
        }
    }
    Ok((RunDir::create(None, &config.crate_name, &stem)?, false))
}

/// Reopens the directory of seeds that were begun, when their configuration is the same but for the number of seeds.
fn begun<T: Clone + Serialize + DeserializeOwned>(
    config: &RunConfig<T>,
    path: &Path,
) -> Result<(RunDir, bool), ArgumentError> {
    let dir = RunDir::open(path)?;
    same(&dir, config, &["workers", "seeds"])?;
    if dir.read_config::<serde_json::Value>()?.seeds.is_none() {
        let changes = vec!["it is a single run, not one of several seeds".into()];
        return Err(ArgumentError::Changes { directory: path.into(), changes });
    }
    Ok((RunDir::resume(path)?, true))
}

fn same<T: Clone + Serialize + DeserializeOwned>(
    dir: &RunDir,
    config: &RunConfig<T>,
    except: &[&str],
) -> Result<(), ArgumentError> {
    let changes = dir.read_config::<T>()?.differences(config, except)?;
    match changes.is_empty() {
        true => Ok(()),
        false => Err(ArgumentError::Changes { directory: dir.path().into(), changes }),
    }
}

/// Trains every seed that is not finished, stores the summary after each, and prints it at the end.
pub(crate) fn train_each<T: Clone + Serialize + DeserializeOwned>(
    all: &Run<T>,
    mut train: impl FnMut(&Run<T>) -> anyhow::Result<RunResult>,
) -> anyhow::Result<()> {
    let count = all.config.seeds.unwrap_or(1) as u64;
    let mut results = Vec::new();
    for seed in (0..count).map(|i| all.config.seed.wrapping_add(i)) {
        all.stop_if_interrupted()?;
        say(&format!("seed {seed} ({} of {count})", results.len() + 1));
        results.push(train_once(one(all, seed)?, &mut train)?);
        write_json(&all.dir.seeds(), &SeedsSummary::of(&results))?;
    }
    say(&format!("\n{}\nstored in {}", SeedsSummary::of(&results), all.dir.seeds().display()));
    Ok(())
}

/// The run of one seed: new, or the one that was begun.
fn one<T: Clone + Serialize + DeserializeOwned>(all: &Run<T>, seed: u64) -> Result<Run<T>, ArgumentError> {
    let config = RunConfig { seed, seeds: None, ..all.config.clone() };
    let path = all.dir.path().join(format!("seed-{seed}"));
    let resumed = path.join("config.json").is_file();
    let dir = if resumed {
        let dir = RunDir::resume(&path)?;
        same(&dir, &config, &["workers", "data_dir"])?;
        dir
    } else {
        let dir = RunDir::create(Some(&path), &config.crate_name, &config.recipe)?;
        dir.write_config(&config)?;
        dir
    };
    let (resume_from, interrupted) = (all.resume_from.clone(), all.interrupted.clone());
    Ok(Run { config, dir, device: all.device.clone(), resumed, resume_from, interrupted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::tests::result;

    #[test]
    fn mean_and_deviation_are_those_of_the_sample() {
        let spread = Spread::of(vec![2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((spread.mean, spread.min, spread.max), (5.0, 2.0, 9.0));
        assert!((spread.deviation.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(Spread::of(vec![3.0]).deviation, None);
    }

    #[test]
    fn the_summary_prints_a_row_for_each_seed_and_survives_json() {
        let summary = SeedsSummary::of(&[result(0, 0.98), result(1, 0.99)]);
        let text = summary.to_string();
        let expected = "seed       seconds  test_accuracy\n\
                        ---------  -------  -------------\n\
                        0            12.50         0.9800\n\
                        1            12.50         0.9900\n\
                        mean         12.50         0.9850\n\
                        deviation        0       0.007071\n";
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<SeedsSummary>(&serde_json::to_string(&summary).unwrap()).unwrap(), summary);
    }

    #[test]
    fn a_metric_that_one_seed_lacks_is_left_out() {
        let mut second = result(1, 0.99);
        second.metrics.clear();
        assert_eq!(SeedsSummary::of(&[result(0, 0.98), second]).metrics.keys().collect::<Vec<_>>(), ["seconds"]);
    }
}

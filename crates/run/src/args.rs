//! The arguments that every binary shares, verb by verb.

use std::path::PathBuf;

use crate::config::{ArgumentError, RunConfig};
use crate::device::DeviceName;
use crate::dir::RunDir;
use crate::settings::closest;

/// Arguments of the verb `train`. What is not given comes from the recipe, or with `--resume` from the stored run.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct TrainArgs {
    /// What to train: a recipe of this binary (the first one if not given)
    #[arg(long, value_name = "NAME")]
    pub recipe: Option<String>,
    /// Data to train on: a known data set, or folder, idx, csv, tsv for your own with --data-dir
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Where the data lie in their standard files (otherwise FIREBRICK_DATA, then the cache directory)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Bring the pictures of --dataset folder to this height and width in pixels, such as 64x64
    #[arg(long, value_name = "HxW", value_parser = height_and_width)]
    pub picture_size: Option<[usize; 2]>,
    /// How many times to go through the training data
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub epochs: Option<usize>,
    /// Seed of everything random: same seed, same machine, same bytes (0 if not given)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Train with N seeds in a row and report mean and deviation; finished seeds are skipped when started again
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub seeds: Option<usize>,
    /// Run directory to write; must be new or empty (runs/CRATE-RECIPE-N if not given)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Run directory of an interrupted training to go on with
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    /// Where to compute (flex, the CPU, if not given)
    #[arg(long, value_enum, value_name = "DEVICE")]
    pub device: Option<DeviceName>,
    /// A network of your own, as TOML, in place of the recipe's
    #[arg(long, value_name = "FILE.toml")]
    pub model: Option<PathBuf>,
    /// Threads that prepare batches; 0 prepares them in the training thread; the results are the same
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// Try all the code on one batch each of training, validation and test; nothing is stored
    #[arg(long)]
    pub fast_dev_run: bool,
    /// Set a field of the recipe's configuration; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

impl TrainArgs {
    /// The recipe that is asked for: the stored run's with `--resume`, else `--recipe`, else the first of `known`.
    ///
    /// # Errors
    /// [`ArgumentError::UnknownRecipe`] with the list of known ones; with `--resume` also what reading the run can give.
    ///
    /// # Panics
    /// When `known` is empty.
    pub fn recipe_name(&self, crate_name: &str, known: &[&'static str]) -> Result<&'static str, ArgumentError> {
        let stored = match &self.resume {
            Some(directory) => {
                let config: RunConfig<serde_json::Value> = RunDir::open(directory)?.read_config()?;
                config.expect_crate(crate_name, directory)?;
                Some(config.recipe)
            }
            None => None,
        };
        let Some(name) = stored.as_deref().or(self.recipe.as_deref()) else { return Ok(known[0]) };
        known.iter().find(|known| **known == name).copied().ok_or_else(|| ArgumentError::UnknownRecipe {
            name: name.into(),
            crate_name: crate_name.into(),
            hint: closest(name, known).map_or(String::new(), |close| format!(" (did you mean `{close}`?)")),
            known: known.join(", "),
        })
    }
}

/// Arguments of the verb `evaluate`: a stored run on a data set.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct EvaluateArgs {
    /// Run directory of a finished training
    #[arg(long, value_name = "DIR")]
    pub run: PathBuf,
    /// Data to evaluate on (the run's own if not given)
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// Where the data lie in their standard files (the run's own directory if not given)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where to compute (flex, the CPU, if not given)
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t)]
    pub device: DeviceName,
}

/// Arguments of the verb `predict`: a stored run on files.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct PredictArgs {
    /// Run directory of a finished training
    #[arg(long, value_name = "DIR")]
    pub run: PathBuf,
    /// How many classes to print for each file, the likeliest first
    #[arg(long, value_name = "N", default_value = "3", value_parser = at_least_one)]
    pub top: usize,
    /// Where to compute (flex, the CPU, if not given)
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t)]
    pub device: DeviceName,
    /// Files to predict
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("expected a whole number of at least 1: {error}")),
    }
}

fn height_and_width(text: &str) -> Result<[usize; 2], String> {
    let side = |text: &str| text.trim().parse().ok().filter(|&side: &usize| side > 0);
    let sides = text.split_once(['x', 'X', '×']).and_then(|(height, width)| Some([side(height)?, side(width)?]));
    sides.ok_or_else(|| "expected height and width in pixels, such as 64x64".into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    enum Cli {
        Train(TrainArgs),
        Evaluate(EvaluateArgs),
        Predict(PredictArgs),
    }

    fn parse(line: &str) -> Result<Cli, String> {
        Cli::try_parse_from(["cnn"].into_iter().chain(line.split_whitespace())).map_err(|e| e.to_string())
    }

    #[test]
    fn every_argument_of_train_is_read() {
        let line = "train --recipe mnist --dataset folder --data-dir d --picture-size 32x48 --epochs 3 --seed 7 --seeds 5 --out o \
                    --device wgpu --model n.toml --workers 4 --fast-dev-run --set a=1 --set b=2";
        let Cli::Train(args) = parse(line).unwrap() else { panic!("another verb") };
        let expected = TrainArgs {
            recipe: Some("mnist".into()),
            dataset: Some("folder".into()),
            data_dir: Some("d".into()),
            picture_size: Some([32, 48]),
            epochs: Some(3),
            seed: Some(7),
            seeds: Some(5),
            out: Some("o".into()),
            resume: None,
            device: Some(DeviceName::Wgpu),
            model: Some("n.toml".into()),
            workers: Some(4),
            fast_dev_run: true,
            set: vec!["a=1".into(), "b=2".into()],
        };
        assert_eq!(args, expected);
    }

    #[test]
    fn impossible_values_are_refused_with_the_argument_and_what_is_possible() {
        let cases = [
            ("train --epochs 0", "'--epochs <N>': must be at least 1"),
            ("train --seeds=-1", "--seeds <N>"),
            ("train --picture-size 32", "expected height and width in pixels, such as 64x64"),
            ("train --picture-size 0x8", "expected height and width in pixels"),
            ("train --device tpu", "[possible values: flex, wgpu, cuda]"),
            ("train --batch 3", "unexpected argument '--batch'"),
            ("evaluate", "--run <DIR>"),
            ("predict --run r", "<FILE>..."),
        ];
        for (line, part) in cases {
            let error = parse(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn evaluation_and_prediction_have_their_defaults() {
        let Cli::Evaluate(args) = parse("evaluate --run r").unwrap() else { panic!("another verb") };
        assert_eq!((args.device, args.dataset), (DeviceName::Flex, None));
        let Cli::Predict(args) = parse("predict --run r a.png b.png").unwrap() else { panic!("another verb") };
        assert_eq!((args.top, args.files.len()), (3, 2));
    }

    #[test]
    fn the_first_recipe_is_the_default_and_unknown_ones_are_refused_with_the_list() {
        let known = ["digits", "mnist"];
        assert_eq!(TrainArgs::default().recipe_name("cnn", &known).unwrap(), "digits");
        let mut args = TrainArgs { recipe: Some("mnist".into()), ..TrainArgs::default() };
        assert_eq!(args.recipe_name("cnn", &known).unwrap(), "mnist");
        args.recipe = Some("minst".into());
        let error = args.recipe_name("cnn", &known).unwrap_err().to_string();
        assert_eq!(error, "crate cnn has no recipe `minst` (did you mean `mnist`?). There are: digits, mnist");
    }
}

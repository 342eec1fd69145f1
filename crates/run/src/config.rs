//! What `config.json` holds: everything needed to repeat a run.

use std::path::{Path, PathBuf, absolute};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::args::TrainArgs;
use crate::device::{DeviceError, DeviceName};
use crate::dir::RunDirError;
use crate::files::{FileError, read_text};
use crate::settings::{SettingError, apply_settings, setting_names};

/// What a recipe brings: its name, its data, and its own configuration with the defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe<T> {
    /// The name on the command line.
    pub name: &'static str,
    /// The data set without `--dataset`.
    pub dataset: &'static str,
    /// The number of epochs without `--epochs`.
    pub epochs: usize,
    /// The recipe's own configuration; `--set` changes any field.
    pub settings: T,
}

/// Everything needed to repeat a run; stored as `config.json` in the run directory.
///
/// `T` is the recipe's own configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig<T> {
    /// Version of Firebrick that made the run.
    pub version: String,
    /// The crate whose binary made the run, without the prefix: `cnn`.
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// The recipe: `digits`.
    pub recipe: String,
    /// The data set: `digits`, `mnist`, `folder`.
    pub dataset: String,
    /// Where the data lie, absolute; `None`: `FIREBRICK_DATA`, the cache directory, or data that is part of the binary.
    pub data_dir: Option<PathBuf>,
    /// Height and width that the pictures of a folder are brought to; `None`: they have one size.
    pub picture_size: Option<[usize; 2]>,
    /// Where it is computed.
    pub device: DeviceName,
    /// The seed; of several seeds the first.
    pub seed: u64,
    /// How many seeds, when the directory holds a run for each; `None` for a single run.
    pub seeds: Option<usize>,
    /// Passes through the training data.
    pub epochs: usize,
    /// Threads that prepare batches; changes the speed, not the results.
    pub workers: usize,
    /// The text of the `--model` file, TOML.
    pub model: Option<String>,
    /// The recipe's own configuration, settings applied.
    pub settings: T,
}

/// Why arguments were refused.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// The binary has no recipe of that name.
    #[error("crate {crate_name} has no recipe `{name}`{hint}. There are: {known}")]
    UnknownRecipe {
        /// The recipe that was asked for.
        name: String,
        /// The crate whose binary was started.
        crate_name: String,
        /// The likely intention, ready to be printed.
        hint: String,
        /// The recipes that there are, ready to be printed.
        known: String,
    },
    /// The run to go on with was made by another crate's binary.
    #[error("{} is a run of crate {stored}, not of {crate_name}. Go on with: cargo xtask train {stored} --resume {}", directory.display(), directory.display())]
    OtherCrate {
        /// The run directory.
        directory: PathBuf,
        /// The crate that made it.
        stored: String,
        /// The crate whose binary was started.
        crate_name: String,
    },
    /// Arguments beside `--resume` (or for seeds that were begun) ask for another run than the stored one.
    #[error(
        "{} holds another run than the arguments ask for: {}. Leave them out to go on with it, or start a new run with another --out",
        directory.display(), changes.join("; ")
    )]
    Changes {
        /// The run directory.
        directory: PathBuf,
        /// What differs, one entry a field: `epochs is 20, not 5`.
        changes: Vec<String>,
    },
    /// The `--model` file is not TOML.
    #[error("{} is not a network in TOML: {message}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line and column.
        message: String,
    },
    /// A `--set` was refused.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The run directory cannot be used.
    #[error(transparent)]
    Directory(#[from] RunDirError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl<T: Clone + Serialize + DeserializeOwned> RunConfig<T> {
    /// The configuration that the arguments ask for, for a new run; what they leave open comes from the recipe.
    ///
    /// # Errors
    /// [`ArgumentError::Setting`] for a `--set`, [`ArgumentError::Model`] or [`ArgumentError::File`] for the `--model` file.
    pub fn new(crate_name: &str, args: &TrainArgs, recipe: &Recipe<T>) -> Result<Self, ArgumentError> {
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").into(),
            crate_name: crate_name.into(),
            recipe: recipe.name.into(),
            dataset: args.dataset.clone().unwrap_or_else(|| recipe.dataset.into()),
            data_dir: args.data_dir.as_deref().map(in_full),
            picture_size: args.picture_size,
            device: args.device.unwrap_or_default(),
            seed: args.seed.unwrap_or(0),
            seeds: args.seeds,
            epochs: args.epochs.unwrap_or(recipe.epochs),
            workers: args.workers.unwrap_or(1),
            model: args.model.as_deref().map(read_model).transpose()?,
            settings: apply_settings(&recipe.settings, &args.set)?,
        })
    }

    /// The stored configuration, after the arguments given beside `--resume` were compared with it.
    ///
    /// `--data-dir` and `--workers` may differ: data may have moved, and threads do not change the results.
    ///
    /// # Errors
    /// [`ArgumentError::Changes`] when another argument would change the run; the same as [`RunConfig::new`].
    pub fn resumed(self, args: &TrainArgs, directory: &Path) -> Result<Self, ArgumentError> {
        let asked = Self {
            recipe: args.recipe.clone().unwrap_or_else(|| self.recipe.clone()),
            dataset: args.dataset.clone().unwrap_or_else(|| self.dataset.clone()),
            data_dir: args.data_dir.as_deref().map(in_full).or_else(|| self.data_dir.clone()),
            picture_size: args.picture_size.or(self.picture_size),
            device: args.device.unwrap_or(self.device),
            seed: args.seed.unwrap_or(self.seed),
            seeds: args.seeds.or(self.seeds),
            epochs: args.epochs.unwrap_or(self.epochs),
            workers: args.workers.unwrap_or(self.workers),
            model: args.model.as_deref().map(read_model).transpose()?.or_else(|| self.model.clone()),
            settings: apply_settings(&self.settings, &args.set)?,
            ..self.clone()
        };
        let mut changes = self.differences(&asked, &["workers", "data_dir"])?;
        if args.out.as_deref().is_some_and(|out| in_full(out) != in_full(directory)) {
            changes.push("--out names another directory".into());
        }
        match changes.is_empty() {
            true => Ok(asked),
            false => Err(ArgumentError::Changes { directory: directory.into(), changes }),
        }
    }

    /// How `other` differs from this stored configuration, one text a field, fields in `except` and the version aside.
    pub(crate) fn differences(&self, other: &Self, except: &[&str]) -> Result<Vec<String>, SettingError> {
        let (stored, asked) = (setting_names(self)?, setting_names(other)?);
        let value_in = |fields: &[(String, String)], name: &str| {
            fields.iter().find(|(other, _)| other == name).map_or("not set".to_string(), |(_, value)| shortened(value))
        };
        let mut names: Vec<&String> = stored.iter().chain(&asked).map(|(name, _)| name).collect();
        names.dedup();
        let mut changes = Vec::new();
        for name in names.into_iter().filter(|name| *name != "version" && !except.contains(&name.as_str())) {
            let values = (value_in(&stored, name), value_in(&asked, name));
            let differs = stored.iter().find(|(n, _)| n == name) != asked.iter().find(|(n, _)| n == name);
            let text = format!("{} is {}, not {}", name.trim_start_matches("settings."), values.0, values.1);
            if differs && !changes.contains(&text) {
                changes.push(text);
            }
        }
        Ok(changes)
    }
}

impl<T> RunConfig<T> {
    /// Refuses a run that another crate's binary made.
    ///
    /// # Errors
    /// [`ArgumentError::OtherCrate`].
    pub fn expect_crate(&self, crate_name: &str, directory: &Path) -> Result<(), ArgumentError> {
        if self.crate_name == crate_name {
            return Ok(());
        }
        let (directory, stored) = (directory.into(), self.crate_name.clone());
        Err(ArgumentError::OtherCrate { directory, stored, crate_name: crate_name.into() })
    }

    /// The command that goes on with this run from `directory`.
    pub fn resume_command(&self, directory: &Path) -> String {
        let device = match self.device {
            DeviceName::Flex => String::new(),
            other => format!(" --device {other}"),
        };
        format!("cargo xtask train {} --resume {}{device}", self.crate_name, quoted(directory))
    }
}

/// A path as one word for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "-_./:\\".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn in_full(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.into())
}

/// The text of a network file, once it is known to be TOML; the names in it are for the layers to judge.
fn read_model(path: &Path) -> Result<String, ArgumentError> {
    let text = read_text(path)?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(ArgumentError::Model { path: path.into(), message: error.to_string().trim_end().into() }),
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests;

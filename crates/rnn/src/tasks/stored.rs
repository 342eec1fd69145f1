//! A trained task in a directory: its weights, and beside them a description that says all the rest.

use std::path::{Path, PathBuf};

use burn::module::Module;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::TaskError;

/// A text pipeline in a description. A build without the feature `text` keeps it as it was written.
#[cfg(feature = "text")]
pub(super) type StoredText = crate::text::TextPipeline;
/// A text pipeline in a description. A build without the feature `text` keeps it as it was written.
#[cfg(not(feature = "text"))]
pub(super) type StoredText = serde_json::Value;

/// The weights of a stored task.
const WEIGHTS: &str = "model.bpk";

/// What a task's description is called, in messages and in its directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Described {
    pub(super) task: &'static str,
    pub(super) file: &'static str,
}

impl Described {
    /// Writes both files; each is replaced whole or not at all.
    pub(super) fn save<M: Module>(
        &self,
        directory: &Path,
        network: &M,
        description: &impl Serialize,
    ) -> Result<(), TaskError> {
        std::fs::create_dir_all(directory).map_err(failed(directory))?;
        firebrick_callbacks::save_weights(network, directory.join(WEIGHTS))?;
        let path = directory.join(self.file);
        let json = serde_json::to_string_pretty(description).map_err(|error| self.damaged(&path, &error))?;
        firebrick_callbacks::write_atomically(&path, json.as_bytes()).map_err(failed(&path))
    }

    /// Reads the description.
    pub(super) fn description<D: DeserializeOwned>(&self, directory: &Path) -> Result<D, TaskError> {
        let path = directory.join(self.file);
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        serde_json::from_str(&text).map_err(|error| self.damaged(&path, &error))
    }

    /// A description that says what cannot be.
    pub(super) fn refused(&self, directory: &Path, message: impl Into<String>) -> TaskError {
        TaskError::Description { path: directory.join(self.file), task: self.task, message: message.into() }
    }

    fn damaged(&self, path: &Path, error: &serde_json::Error) -> TaskError {
        TaskError::Description { path: path.to_path_buf(), task: self.task, message: error.to_string() }
    }
}

/// The network with its stored weights, in evaluation mode.
pub(super) fn load_network<M: Module>(network: M, directory: &Path) -> Result<M, TaskError> {
    Ok(firebrick_callbacks::load_weights(network, directory.join(WEIGHTS))?.valid())
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> TaskError {
    let path: PathBuf = path.to_path_buf();
    move |source| TaskError::File { path: path.clone(), source }
}

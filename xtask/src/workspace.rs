//! The workspace as cargo describes it: where it lies, and which crates have a binary with recipes.
//!
//! A crate names its recipes in its manifest:
//!
//! ```toml
//! [package.metadata.firebrick]
//! default = "digits"                             # the recipe of a plain `train`
//! datasets = ["digits", "mnist", "folder"]       # what `--dataset` takes
//! verbs = ["train", "evaluate", "predict"]       # these three unless more are named
//!
//! [package.metadata.firebrick.recipes]
//! digits = "LeNet-5 on the embedded digits"      # one line: what it does
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde::Deserialize;

/// What all package names of the workspace begin with; folders carry the plain names.
const PREFIX: &str = "firebrick-";

/// The workspace: its place on disk and its runnable crates.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) programs: Vec<Program>,
    pub(crate) metadata: Metadata,
}

/// A crate with a binary of its own (`examples/<name>`), as `train` and `predict` start it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) features: Vec<String>,
    pub(crate) offer: Offer,
}

/// What a crate's binary offers: `[package.metadata.firebrick]` of its manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offer {
    /// The recipe of a plain `train`; empty where nothing is trained.
    #[serde(default)]
    pub(crate) default: String,
    /// Recipe to one line that says what it does.
    #[serde(default)]
    pub(crate) recipes: BTreeMap<String, String>,
    /// What `--dataset` takes.
    #[serde(default)]
    pub(crate) datasets: Vec<String>,
    /// The binary's subcommands.
    #[serde(default = "usual_verbs")]
    pub(crate) verbs: Vec<String>,
}

fn usual_verbs() -> Vec<String> {
    ["train", "evaluate", "predict"].map(String::from).to_vec()
}

/// This package's folder as cargo says it now: a target directory that several checkouts share may hold another one's binary.
fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

impl Workspace {
    /// Asks cargo, without the dependencies: fast, and nothing is downloaded.
    pub(crate) fn load() -> Result<Self> {
        let metadata = MetadataCommand::new().manifest_path(package().join("../Cargo.toml")).no_deps().exec()?;
        let mut programs = Vec::new();
        for package in metadata.workspace_packages() {
            programs.extend(Program::of(package)?);
        }
        programs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            target: metadata.target_directory.clone().into(),
            programs,
            metadata,
        })
    }

    /// The same question with all dependencies, all features and all platforms.
    pub(crate) fn load_all(&self) -> Result<Metadata> {
        MetadataCommand::new()
            .manifest_path(self.root.join("Cargo.toml"))
            .features(cargo_metadata::CargoOpt::AllFeatures)
            .exec()
            .context("cannot list the dependencies")
    }
}

impl Program {
    fn of(package: &Package) -> Result<Option<Self>> {
        let Some(entry) = package.metadata.get("firebrick") else { return Ok(None) };
        let offer = Offer::deserialize(entry)
            .with_context(|| format!("{}: [package.metadata.firebrick] cannot be read", package.manifest_path))?;
        Ok(Some(Self {
            name: short_name(&package.name).to_owned(),
            package: package.name.to_string(),
            features: package.features.keys().cloned().collect(),
            offer,
        }))
    }
}

/// `firebrick-cnn` -> `cnn`: the folder's name, which people type.
pub(crate) fn short_name(package: &str) -> &str {
    package.strip_prefix(PREFIX).unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_has_the_classifiers() {
        let workspace = Workspace::load().unwrap();
        let cnn = workspace.programs.iter().find(|program| program.name == "cnn").unwrap();
        assert_eq!((cnn.package.as_str(), cnn.offer.default.as_str()), ("firebrick-cnn", "digits"));
        assert!(workspace.root.join("xtask/Cargo.toml").is_file());
    }

    #[test]
    fn a_misspelt_key_of_an_offer_is_refused() {
        let entry = serde_json::json!({ "default": "digits", "recipe": {} });
        let error = Offer::deserialize(entry).unwrap_err().to_string();
        assert!(error.contains("recipe"), "{error}");
    }

    #[test]
    fn verbs_are_the_usual_three_unless_named() {
        let offer = Offer::deserialize(serde_json::json!({ "default": "digits" })).unwrap();
        assert_eq!(offer.verbs, ["train", "evaluate", "predict"]);
    }
}

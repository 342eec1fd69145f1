//! Who may import whom, from cargo's own description of the workspace.
//!
//! ```text
//! backend   <- layers <- the architecture crates (never one another)
//! backend   <- callbacks
//! callbacks <- the architecture crates, behind their feature `train`
//! data      <- data-augment; the architecture crates behind `train`, without its default features
//! run       -> callbacks, data, data-augment
//! ```
//!
//! Examples and tests of an architecture crate may use data, data-augment and run. The benches may
//! use everything; this program nothing of ours, and nothing of Burn.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata, PackageId};

use crate::workspace::{Workspace, short_name};

const ARCHITECTURES: [&str; 5] = ["cnn", "rnn", "gan", "autoencoder", "embedding"];
const FOR_EXAMPLES: [&str; 3] = ["data", "data-augment", "run"];
const FREE: &str = "benches";
const ORCHESTRATOR: &str = "xtask";

/// One crate of the workspace, with what it takes from the others. Names are the short ones.
#[derive(Debug)]
struct Crate {
    name: String,
    imports: Vec<Import>,
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug)]
struct Import {
    name: String,
    kind: DependencyKind,
    optional: bool,
    default_features: bool,
}

/// Every import between crates of the workspace, and what this program links.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let crates = crates(&workspace.metadata);
    let mut faults: Vec<_> = crates.iter().flat_map(faults).collect();
    let all = workspace.load_all()?;
    faults.extend(burn_below(&all).map(|name| format!("{ORCHESTRATOR} links `{name}`")));
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

fn crates(metadata: &Metadata) -> Vec<Crate> {
    let packages = metadata.workspace_packages();
    let members: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let imports = |package: &cargo_metadata::Package| {
        let ours = package.dependencies.iter().filter(|d| members.contains(d.name.as_str()));
        ours.map(|dependency| Import {
            name: short_name(&dependency.name).to_owned(),
            kind: dependency.kind,
            optional: dependency.optional,
            default_features: dependency.uses_default_features,
        })
        .collect()
    };
    packages
        .iter()
        .map(|package| Crate {
            name: short_name(&package.name).to_owned(),
            imports: imports(package),
            features: package.features.clone(),
        })
        .collect()
}

/// What is wrong with the imports of one crate.
fn faults(of: &Crate) -> Vec<String> {
    let verdicts = of.imports.iter().map(|import| {
        let tests_itself = import.name == of.name && import.kind == DependencyKind::Development;
        if tests_itself { Ok(()) } else { allowed(of, import) }
    });
    verdicts
        .zip(&of.imports)
        .filter_map(|(verdict, import)| {
            let reason = verdict.err()?;
            Some(format!("{} may not import {}: {reason}", of.name, import.name))
        })
        .collect()
}

fn allowed(of: &Crate, import: &Import) -> Result<(), String> {
    let name = import.name.as_str();
    let only = |names: &[&str]| {
        if names.contains(&name) {
            return Ok(());
        }
        Err(format!("it may import {}", if names.is_empty() { "none".into() } else { names.join(", ") }))
    };
    match of.name.as_str() {
        FREE => Ok(()),
        "backend" | "data" | ORCHESTRATOR => only(&[]),
        "layers" | "callbacks" => only(&["backend"]),
        "data-augment" => only(&["data"]),
        "run" => only(&["callbacks", "data", "data-augment"]),
        other if ARCHITECTURES.contains(&other) => allowed_in_architecture(of, import),
        other => Err(format!("no rule speaks of `{other}` yet; write one in check/imports.rs")),
    }
}

fn allowed_in_architecture(of: &Crate, import: &Import) -> Result<(), String> {
    let name = import.name.as_str();
    match (name, import.kind) {
        (_, DependencyKind::Development) if FOR_EXAMPLES.contains(&name) => Ok(()),
        ("backend" | "layers", DependencyKind::Normal) => Ok(()),
        ("callbacks" | "data", DependencyKind::Normal) if !behind_train(of, import) => {
            Err("only behind the feature `train`, which is off by default".into())
        }
        ("data", DependencyKind::Normal) if import.default_features => {
            Err("only without default features: the loader, not the readers".into())
        }
        ("callbacks" | "data", DependencyKind::Normal) => Ok(()),
        _ if ARCHITECTURES.contains(&name) => Err("architectures never import one another".into()),
        _ => Err("neither for the library nor for its examples".into()),
    }
}

/// Whether `train` turns the import on, and nothing that is on by default does.
fn behind_train(of: &Crate, import: &Import) -> bool {
    let switch = format!("dep:firebrick-{}", import.name);
    let turns_on = |feature: &str| of.features.get(feature).is_some_and(|list| list.contains(&switch));
    let default = of.features.get("default").map(Vec::as_slice).unwrap_or_default();
    let on_by_default = default.iter().any(|feature| turns_on(feature)) || turns_on("default");
    import.optional && turns_on("train") && !on_by_default
}

/// Packages of Burn that this program would link, through whatever it depends on.
fn burn_below(all: &Metadata) -> impl Iterator<Item = String> {
    let nodes: BTreeMap<_, _> =
        all.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|node| (&node.id, &node.dependencies)).collect();
    let names: BTreeMap<_, _> = all.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    let mut open: Vec<&PackageId> =
        names.iter().filter(|(_, name)| **name == ORCHESTRATOR).map(|(id, _)| *id).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(nodes.get(id).copied().into_iter().flatten());
        }
    }
    let below: Vec<_> = seen.into_iter().map(|id| names[id].to_owned()).collect();
    below.into_iter().filter(|name| name == "burn" || name.starts_with("burn-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(name: &str, kind: DependencyKind) -> Import {
        Import { name: name.into(), kind, optional: false, default_features: true }
    }

    fn with(name: &str, imports: Vec<Import>, features: &[(&str, &[&str])]) -> Crate {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let features = features.iter().map(|(name, on)| ((*name).to_owned(), list(on))).collect();
        Crate { name: name.into(), imports, features }
    }

    #[test]
    fn the_plan_of_the_house_is_followed() {
        use DependencyKind::{Development, Normal};
        let cases = [
            ("layers", "backend", Normal, true),
            ("backend", "layers", Normal, false),
            ("layers", "layers", Development, true),
            ("cnn", "layers", Normal, true),
            ("cnn", "rnn", Normal, false),
            ("cnn", "rnn", Development, false),
            ("cnn", "run", Development, true),
            ("cnn", "run", Normal, false),
            ("callbacks", "backend", Normal, true),
            ("callbacks", "data", Normal, false),
            ("run", "callbacks", Normal, true),
            ("run", "cnn", Normal, false),
            ("data-augment", "data", Normal, true),
            ("data", "data-augment", Development, false),
            ("xtask", "cnn", Normal, false),
            ("benches", "cnn", Normal, true),
        ];
        for (name, imported, kind, expected) in cases {
            let faults = faults(&with(name, vec![import(imported, kind)], &[]));
            assert_eq!(faults.is_empty(), expected, "{name} -> {imported}: {faults:?}");
        }
    }

    #[test]
    fn the_trainer_comes_only_with_the_feature_train() {
        let callbacks = |optional| Import { optional, ..import("callbacks", DependencyKind::Normal) };
        let train: (&str, &[&str]) = ("train", &["dep:firebrick-callbacks"]);
        assert!(faults(&with("rnn", vec![callbacks(true)], &[train])).is_empty());
        assert!(!faults(&with("rnn", vec![callbacks(false)], &[train])).is_empty());
        assert!(!faults(&with("rnn", vec![callbacks(true)], &[])).is_empty());
        let on = [train, ("default", &["train"] as &[&str])];
        assert!(!faults(&with("rnn", vec![callbacks(true)], &on)).is_empty());
    }

    #[test]
    fn the_loader_comes_without_the_readers() {
        let data =
            |default_features| Import { optional: true, default_features, ..import("data", DependencyKind::Normal) };
        let train: (&str, &[&str]) = ("train", &["dep:firebrick-data"]);
        assert!(faults(&with("cnn", vec![data(false)], &[train])).is_empty());
        assert!(faults(&with("cnn", vec![data(true)], &[train]))[0].contains("the loader"));
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        let faults = faults(&with("tuner", vec![import("layers", DependencyKind::Normal)], &[]));
        assert!(faults[0].contains("no rule speaks of `tuner`"), "{faults:?}");
    }
}

//! Licences: every dependency's SPDX expression is satisfied by the allow list of `deny.toml`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::workspace::Workspace;

/// The part of `deny.toml` that is read here; cargo-deny reads the same file.
#[derive(Debug, Deserialize)]
struct Deny {
    licenses: Policy,
}

#[derive(Debug, Default, Deserialize)]
struct Policy {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    clarify: Vec<Clarification>,
}

/// Licences that one package may have besides.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: Vec<String>,
}

/// The expression of a package whose manifest names none.
#[derive(Debug, Deserialize)]
struct Clarification {
    #[serde(rename = "crate")]
    package: String,
    expression: String,
}

/// All packages that any feature on any platform brings.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let deny = fs::read_to_string(workspace.root.join("deny.toml")).context("deny.toml")?;
    let policy = toml::from_str::<Deny>(&deny).context("deny.toml")?.licenses;
    let all = workspace.load_all()?;
    let licences: BTreeMap<_, _> =
        all.packages.iter().map(|package| (package.name.as_str(), package.license.as_deref())).collect();
    let faults = faults(&policy, &licences);
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

fn faults(policy: &Policy, licences: &BTreeMap<&str, Option<&str>>) -> Vec<String> {
    let packages = licences.iter();
    let mut faults: Vec<_> = packages.filter_map(|(name, licence)| policy.fault(name, *licence)).collect();
    let special = policy.exceptions.iter().map(|exception| &exception.package);
    let special = special.chain(policy.clarify.iter().map(|clarification| &clarification.package));
    let gone = special.filter(|name| !licences.contains_key(name.as_str()));
    faults.extend(gone.map(|name| format!("deny.toml names {name}, which is no dependency")));
    faults
}

impl Policy {
    /// What is wrong with a package's licence, if anything.
    fn fault(&self, name: &str, licence: Option<&str>) -> Option<String> {
        let clarified = self.clarify.iter().find(|clarification| clarification.package == name);
        let expression = clarified.map(|clarification| &*clarification.expression).or(licence);
        let Some(expression) = expression else {
            return Some(format!("{name} names no licence; read it and clarify it in deny.toml"));
        };
        let parsed = match Expression::parse_mode(expression, ParseMode::LAX) {
            Ok(parsed) => parsed,
            Err(error) => return Some(format!("{name}: licence `{expression}`: {}", error.reason)),
        };
        let exceptions = self.exceptions.iter().filter(|exception| exception.package == name);
        let allowed: Vec<_> = exceptions.flat_map(|exception| &exception.allow).chain(&self.allow).collect();
        let permits = parsed.evaluate(|required| {
            let required = required.to_string();
            allowed.iter().any(|licence| **licence == required)
        });
        (!permits).then(|| format!("{name}: licence `{expression}` is not on the list of deny.toml"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let text = r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
            exceptions = [{ crate = "fonts", allow = ["OFL-1.1"] }]
            [[licenses.clarify]]
            crate = "silent"
            expression = "Apache-2.0"
        "#;
        toml::from_str::<Deny>(text).unwrap().licenses
    }

    #[test]
    fn expressions_are_evaluated() {
        let cases = [
            ("MIT", true),
            ("MIT/GPL-3.0", true),
            ("GPL-3.0-only", false),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR GPL-3.0-only) AND Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("OFL-1.1", false),
            ("Mine", false),
        ];
        for (licence, expected) in cases {
            let fault = policy().fault("a", Some(licence));
            assert_eq!(fault.is_none(), expected, "{licence}: {fault:?}");
        }
    }

    #[test]
    fn an_exception_is_for_one_package() {
        assert_eq!(policy().fault("fonts", Some("MIT AND OFL-1.1")), None);
        assert!(policy().fault("other", Some("MIT AND OFL-1.1")).is_some());
    }

    #[test]
    fn a_package_without_a_licence_must_be_clarified() {
        assert_eq!(policy().fault("silent", None), None);
        assert!(policy().fault("mute", None).unwrap().contains("names no licence"));
    }

    #[test]
    fn an_entry_that_nothing_needs_is_a_fault() {
        let licences = [("fonts", Some("MIT"))].into();
        let faults = faults(&policy(), &licences);
        assert_eq!(faults, ["deny.toml names silent, which is no dependency"]);
    }
}

//! `train`, `evaluate`, `predict` and every other verb: the crate's own binary, built in release.

use std::ffi::OsString;
use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::launch;
use crate::workspace::{Program, Workspace};

/// Devices that need a feature of the same name; the CPU is always built in.
const GPU_DEVICES: [&str; 2] = ["wgpu", "cuda"];

/// Hands over to the binary of the crate named first in `args`, with `verb` and the rest.
pub(crate) fn start(workspace: &Workspace, verb: &str, mut args: Vec<OsString>) -> Result<ExitCode> {
    let named = args.first().is_some_and(|word| !word.to_string_lossy().starts_with('-'));
    if !named && verb == "train" {
        print!("{}", listing(&workspace.programs));
        return Ok(ExitCode::SUCCESS);
    }
    if !named {
        bail!("{}", needs_crate(&workspace.programs, verb));
    }
    let name = args.remove(0);
    let program = find(&workspace.programs, &name.to_string_lossy(), verb)?;
    let mut command = launch::example(workspace, &program.package, &program.name, &features(program, &args)?);
    command.arg(verb).args(args);
    launch::replace(command)
}

/// The crate of that name, if it knows the verb.
fn find<'a>(programs: &'a [Program], name: &str, verb: &str) -> Result<&'a Program> {
    let Some(program) = programs.iter().find(|program| program.name == name) else {
        bail!("there is no crate `{name}` to {verb}; the crates are:\n\n{}", listing(programs));
    };
    if !program.offer.verbs.iter().any(|known| known == verb) {
        bail!("crate `{name}` cannot {verb}; it can: {}", program.offer.verbs.join(", "));
    }
    Ok(program)
}

/// The cargo features that `--device` asks for. What is no GPU is left to the binary to judge.
fn features(program: &Program, args: &[OsString]) -> Result<Vec<String>> {
    let Some(device) = option(args, "--device") else { return Ok(Vec::new()) };
    let kind = device.split(':').next().unwrap_or_default();
    if !GPU_DEVICES.contains(&kind) {
        return Ok(Vec::new());
    }
    if !program.features.iter().any(|feature| feature == kind) {
        bail!("crate `{}` has no feature `{kind}`, so it cannot use that device", program.name);
    }
    Ok(vec![kind.to_owned()])
}

/// The value of `--name value` or `--name=value`; the last one wins, as in the binaries.
fn option(args: &[OsString], name: &str) -> Option<String> {
    let words: Vec<_> = args.iter().map(|word| word.to_string_lossy()).collect();
    let before_files = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let words = &words[..before_files];
    let at = words
        .iter()
        .rposition(|word| word == name || word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))?;
    match words[at].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => words.get(at + 1).map(ToString::to_string),
    }
}

/// Crates with their recipes, data sets and verbs, as `train` without a crate prints them.
fn listing(programs: &[Program]) -> String {
    let mut text = String::new();
    for Program { name, offer, .. } in programs {
        if offer.recipes.is_empty() {
            let _ = writeln!(text, "{name}");
        } else {
            let _ = writeln!(text, "{name}    cargo xtask train {name} [--recipe RECIPE]");
        }
        for (recipe, what) in &offer.recipes {
            let mark = if *recipe == offer.default { " (default)" } else { "" };
            let _ = writeln!(text, "  {:<24} {what}", format!("{recipe}{mark}"));
        }
        if !offer.datasets.is_empty() {
            let _ = writeln!(text, "  data sets: {}", offer.datasets.join(", "));
        }
        let _ = writeln!(text, "  verbs:     {}\n", offer.verbs.join(", "));
    }
    text.push_str("cargo xtask VERB CRATE --help shows all options of a verb.\n");
    text
}

fn needs_crate(programs: &[Program], verb: &str) -> String {
    let known = programs.iter().any(|program| program.offer.verbs.iter().any(|v| v == verb));
    if known {
        return format!("`{verb}` needs a crate; the crates are:\n\n{}", listing(programs));
    }
    format!("there is no task `{verb}`; `cargo xtask --help` lists them all")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Offer;

    fn cnn() -> Vec<Program> {
        let offer = serde_json::from_value::<Offer>(serde_json::json!({
            "default": "digits",
            "recipes": { "digits": "LeNet-5 on the embedded digits", "mnist": "LeNet-5 on MNIST" },
            "datasets": ["digits", "mnist"],
        }));
        vec![Program {
            name: "cnn".into(),
            package: "firebrick-cnn".into(),
            features: vec!["flex".into(), "wgpu".into()],
            offer: offer.unwrap(),
        }]
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_gpu_device_asks_for_its_feature() {
        let cases = [
            ("--epochs 3", Vec::new()),
            ("--device flex", Vec::new()),
            ("--device wgpu --epochs 1", vec!["wgpu".to_owned()]),
            ("--device=wgpu:1", vec!["wgpu".to_owned()]),
            ("--device wgpu --device flex", Vec::new()),
            ("--devices wgpu", Vec::new()),
            ("-- --device wgpu", Vec::new()),
        ];
        for (line, expected) in cases {
            assert_eq!(features(&cnn()[0], &words(line)).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn a_device_without_its_feature_is_an_error_before_the_build() {
        let error = features(&cnn()[0], &words("--device cuda")).unwrap_err().to_string();
        assert!(error.contains("cuda") && error.contains("cnn"), "{error}");
    }

    #[test]
    fn an_unknown_crate_lists_the_crates_and_recipes() {
        let error = find(&cnn(), "cmm", "train").unwrap_err().to_string();
        for part in ["`cmm`", "cargo xtask train cnn", "digits (default)", "mnist"] {
            assert!(error.contains(part), "{part} is missing in: {error}");
        }
    }

    #[test]
    fn an_unknown_verb_lists_the_verbs() {
        let error = find(&cnn(), "cnn", "explian").unwrap_err().to_string();
        assert!(error.contains("explian") && error.contains("train, evaluate, predict"), "{error}");
    }

    #[test]
    fn a_verb_without_a_crate_is_told_apart_from_an_unknown_task() {
        assert!(needs_crate(&cnn(), "predict").contains("needs a crate"));
        assert!(needs_crate(&cnn(), "chekc").contains("no task `chekc`"));
    }
}

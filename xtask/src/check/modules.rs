//! Orphans: every Rust file of a crate is reached by `mod` declarations from one of its targets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use syn::{Expr, ExprLit, Item, ItemMod, Lit, Meta};

use super::tidy::{Fault, SourceFile};
use crate::workspace::Workspace;

/// Files that no target of any crate reaches, so that nothing compiles them.
pub(crate) fn orphans(workspace: &Workspace, files: &[SourceFile]) -> Result<Vec<Fault>> {
    let mut roots = Vec::new();
    for package in workspace.metadata.workspace_packages() {
        for target in &package.targets {
            let path = target.src_path.strip_prefix(&workspace.root)?;
            roots.push(path.as_str().replace('\\', "/"));
        }
    }
    Ok(unreached(&roots, files))
}

fn unreached(roots: &[String], files: &[SourceFile]) -> Vec<Fault> {
    let rust = files.iter().filter(|file| file.is_rust());
    let texts: BTreeMap<_, _> = rust.map(|file| (file.path.as_str(), &*file.text)).collect();
    let mut reached = BTreeSet::new();
    for root in roots {
        follow(root, true, &texts, &mut reached);
    }
    let orphans = texts.keys().filter(|path| !reached.contains(**path));
    orphans
        .map(|path| Fault {
            rule: "orphan",
            path: (*path).to_owned(),
            line: None,
            message: "no `mod` declaration leads here, so nothing compiles it".to_owned(),
        })
        .collect()
}

/// Marks a file and all that its `mod` declarations lead to.
fn follow(path: &str, is_root: bool, texts: &BTreeMap<&str, &str>, reached: &mut BTreeSet<String>) {
    let Some(text) = texts.get(path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    let Ok(syntax) = syn::parse_file(text) else { return };
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let owns_folder = is_root || file == "mod.rs";
    let stem = file.trim_end_matches(".rs");
    let children = if owns_folder { folder.to_owned() } else { format!("{folder}/{stem}") };
    for child in declared(&syntax.items, &children, folder) {
        follow(&child, false, texts, reached);
    }
}

/// Where the modules declared by `items` may lie; `folder` is that of the declaring file, from
/// which `#[path]` counts.
fn declared(items: &[Item], children: &str, folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for item in items {
        let Item::Mod(module) = item else { continue };
        let name = module.ident.to_string();
        match (&module.content, path_attribute(module)) {
            (Some((_, items)), _) => {
                let inner = format!("{children}/{name}");
                paths.extend(declared(items, &inner, folder));
            }
            (None, Some(path)) => paths.push(normal(&format!("{folder}/{path}"))),
            (None, None) => {
                paths.push(format!("{children}/{name}.rs"));
                paths.push(format!("{children}/{name}/mod.rs"));
            }
        }
    }
    paths
}

fn path_attribute(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// `a/b/../c.rs` -> `a/c.rs`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(path).iter().filter_map(|part| part.to_str()) {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orphans_of(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> =
            files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() }).collect();
        unreached(&["a/src/lib.rs".into()], &files).into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn a_file_without_a_declaration_is_an_orphan() {
        let files = [("a/src/lib.rs", "mod one;"), ("a/src/one.rs", ""), ("a/src/two.rs", "")];
        assert_eq!(orphans_of(&files), ["a/src/two.rs"]);
    }

    #[test]
    fn declarations_are_followed_through_folders_inline_modules_and_paths() {
        let files = [
            ("a/src/lib.rs", "mod one; mod inline { mod deep; } #[path = \"../b/far.rs\"] mod far;"),
            ("a/src/one.rs", "#[cfg(test)] mod tests;"),
            ("a/src/one/tests.rs", ""),
            ("a/src/inline/deep/mod.rs", "mod deeper;"),
            ("a/src/inline/deep/deeper.rs", ""),
            ("a/b/far.rs", ""),
        ];
        assert_eq!(orphans_of(&files), [""; 0]);
    }

    #[test]
    fn a_namesake_in_the_wrong_folder_is_an_orphan() {
        let files = [
            ("a/src/lib.rs", "mod one;"),
            ("a/src/one.rs", "mod tests;"),
            ("a/src/one/tests.rs", ""),
            ("a/src/tests.rs", ""),
        ];
        assert_eq!(orphans_of(&files), ["a/src/tests.rs"]);
    }
}

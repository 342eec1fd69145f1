//! `docs`: fills measured figures into the pages, then builds the book and the API docs.

mod figure;
mod fill;
mod links;
mod stored;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::launch;
use crate::workspace::Workspace;
pub(crate) use fill::thousands;
use stored::Stored;

const MDBOOK_VERSION: &str = "0.5.4";
const SOURCE: &str = "docs/src";
const FIGURES: &str = "docs/src/figures";
const RESULTS: &str = "docs/results";

/// What to do with the documentation.
#[derive(Debug, clap::Args)]
pub(crate) struct Docs {
    /// Build nothing; fail when a page differs from what the stored results give.
    #[arg(long)]
    check: bool,
    /// Fill the pages and stop there.
    #[arg(long, conflicts_with = "check")]
    fill: bool,
}

/// Fills or checks, and builds unless told not to.
pub(crate) fn run(workspace: &Workspace, task: &Docs) -> Result<ExitCode> {
    if task.check {
        check(&workspace.root)?;
        return Ok(ExitCode::SUCCESS);
    }
    fill(&workspace.root)?;
    if !task.fill {
        build_book(workspace)?;
        launch::succeed(launch::cargo(workspace, "doc").args(["--no-deps", "--workspace"]))?;
        println!("book: {}", workspace.target.join("book/index.html").display());
        println!("API:  {}", workspace.target.join("doc").display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails when a filled page, a figure or a link is not what it should be; names each.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for (path, wanted) in filled(root)? {
        if fs::read_to_string(&path).ok().as_ref() != Some(&wanted) {
            faults.push(format!("{}: stale; run `cargo xtask docs`", inside(root, &path)));
        }
    }
    faults.extend(links::broken(root, &pages(root))?);
    faults.extend(links::unlisted(&root.join(SOURCE))?);
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

fn fill(root: &Path) -> Result<()> {
    for (path, wanted) in filled(root)? {
        if fs::read_to_string(&path).ok().as_ref() == Some(&wanted) {
            continue;
        }
        let folder = path.parent().context("a page lies in a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, wanted))
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("filled {}", inside(root, &path));
    }
    Ok(())
}

/// Every generated file with the content that the stored results give: pages and figures.
fn filled(root: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let results = Stored::load_all(&root.join(RESULTS))?;
    let mut files = BTreeMap::new();
    for page in pages(root) {
        let text = fs::read_to_string(&page)?;
        let figures = links::relative(&inside(root, &page), FIGURES);
        let text = fill::fill(&text, &results, &figures).with_context(|| inside(root, &page))?;
        files.insert(page, text);
    }
    for (name, result) in &results {
        if let Some(figure) = &result.figure {
            let path = root.join(FIGURES).join(format!("{name}.svg"));
            files.insert(path, figure::svg(figure).with_context(|| format!("figure {name}"))?);
        }
    }
    Ok(files)
}

/// The pages that may hold figures: the front page, the crates' front pages, the book.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<_> = [root.join("README.md"), root.join("ARCHITECTURE.md")]
        .into_iter()
        .chain(markdown_below(&root.join("crates"), 2))
        .chain(markdown_below(&root.join(SOURCE), usize::MAX))
        .filter(|page| page.is_file())
        .collect();
    pages.sort();
    pages
}

fn markdown_below(folder: &Path, depth: usize) -> impl Iterator<Item = PathBuf> {
    let entries = WalkDir::new(folder).max_depth(depth).into_iter().filter_map(Result::ok);
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

fn inside(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn build_book(workspace: &Workspace) -> Result<()> {
    let program = mdbook(workspace)?;
    let mut command = Command::new(program);
    command.arg("build").arg(workspace.root.join("docs"));
    command.arg("--dest-dir").arg(workspace.target.join("book"));
    launch::succeed(&mut command)
}

/// The book's builder: the one on the PATH, or one installed once beside the build outputs.
fn mdbook(workspace: &Workspace) -> Result<PathBuf> {
    if Command::new("mdbook").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok("mdbook".into());
    }
    let tools = workspace.target.join("tools");
    let program = tools.join("bin").join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut install = Command::new(cargo);
        install.args(["install", "mdbook", "--version", MDBOOK_VERSION, "--locked"]);
        install.args(["--no-default-features", "--root"]).arg(&tools);
        install.arg("--target-dir").arg(tools.join("build"));
        launch::succeed(&mut install)?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace_with(page: &str, result: Option<&str>) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(SOURCE)).unwrap();
        fs::create_dir_all(root.path().join(RESULTS)).unwrap();
        fs::write(root.path().join("docs/src/SUMMARY.md"), "- [Speed](speed.md)\n").unwrap();
        fs::write(root.path().join("docs/src/speed.md"), page).unwrap();
        if let Some(result) = result {
            fs::write(root.path().join("docs/results/speed.json"), result).unwrap();
        }
        root
    }

    const RESULT: &str = r#"{
        "command": "cargo xtask bench", "machine": "2 cores", "commit": "0123abc",
        "date": "2026-01-31", "values": { "cnn": "9,105" },
        "figure": { "kind": "bar", "title": "Speed", "y": "samples/s", "bars": [["cnn", 9105]] }
    }"#;

    #[test]
    fn a_page_is_stale_until_it_is_filled_and_stale_again_when_edited() {
        let page = "cnn: <!-- value: speed.cnn --><!-- end -->\n\n<!-- result: speed -->\n<!-- end -->\n";
        let root = workspace_with(page, Some(RESULT));
        assert!(check(root.path()).unwrap_err().to_string().contains("docs/src/speed.md: stale"));

        fill(root.path()).unwrap();
        check(root.path()).unwrap();
        let path = root.path().join("docs/src/speed.md");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("9,105") && text.contains("figures/speed.svg"), "{text}");

        fs::write(&path, text.replace("9,105", "99,105")).unwrap();
        assert!(check(root.path()).is_err());
    }

    #[test]
    fn a_figure_without_a_result_behind_it_is_stale() {
        let root = workspace_with("<!-- result: speed -->\n\nfast\n\n<!-- end -->\n", None);
        assert!(check(root.path()).is_err());
        fill(root.path()).unwrap();
        check(root.path()).unwrap();
    }
}

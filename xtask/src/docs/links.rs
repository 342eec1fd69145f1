//! Links of the pages: every relative one must lead somewhere, and the book lists all its pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Relative links of the pages that lead to no file.
pub(crate) fn broken(root: &Path, pages: &[PathBuf]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for page in pages {
        let text = fs::read_to_string(page)?;
        let folder = page.parent().context("a page lies in a folder")?;
        for target in targets(&text).filter(|target| !folder.join(target).exists()) {
            let page = page.strip_prefix(root).unwrap_or(page).display();
            faults.push(format!("{page}: the link to `{target}` leads nowhere"));
        }
    }
    Ok(faults)
}

/// Pages of the book that its `SUMMARY.md` does not list, so that no reader finds them.
pub(crate) fn unlisted(source: &Path) -> Result<Vec<String>> {
    let summary = fs::read_to_string(source.join("SUMMARY.md"))
        .with_context(|| format!("{} has no SUMMARY.md", source.display()))?;
    let listed: Vec<_> = targets(&summary).map(|target| source.join(target)).collect();
    let pages = super::markdown_below(source, usize::MAX);
    let unlisted = pages.filter(|page| !page.ends_with("SUMMARY.md") && !listed.contains(page));
    Ok(unlisted.map(|page| format!("{}: not listed in SUMMARY.md", page.display())).collect())
}

/// The way from a page to a folder, both named from the root: `docs/src/a.md`, `docs/src/figures`
/// -> `figures`.
pub(crate) fn relative(page: &str, folder: &str) -> String {
    let from: Vec<_> = page.split('/').collect();
    let from = &from[..from.len() - 1];
    let to: Vec<_> = folder.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// Targets of Markdown links to files: no addresses, anchors or paths of Rust items.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    let after_brackets = prose.flat_map(|part| part.split("](").skip(1));
    after_brackets
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':') && !target.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_files_count() {
        let text = "[a](a.md) [b](b.md#part) [c](#part) [d](https://example.org) [`E`](crate::E)\n\
                    ```\n[f](f.md)\n```\n![g](figures/g.svg)";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["a.md", "b.md", "figures/g.svg"]);
    }

    #[test]
    fn the_way_to_the_figures_fits_the_place_of_the_page() {
        let cases = [
            ("docs/src/a.md", "figures"),
            ("docs/src/part/a.md", "../figures"),
            ("README.md", "docs/src/figures"),
            ("crates/cnn/README.md", "../../docs/src/figures"),
        ];
        for (page, expected) in cases {
            assert_eq!(relative(page, "docs/src/figures"), expected, "{page}");
        }
    }

    #[test]
    fn a_dead_link_and_an_unlisted_page_are_named() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("lost.md");
        fs::write(root.path().join("SUMMARY.md"), "[One](one.md)").unwrap();
        fs::write(&page, "[gone](gone.md)").unwrap();
        assert_eq!(broken(root.path(), &[page]).unwrap(), ["lost.md: the link to `gone.md` leads nowhere"]);
        assert!(unlisted(root.path()).unwrap()[0].contains("lost.md"));
    }
}

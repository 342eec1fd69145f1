//! The report: every part, nothing from outside, nothing unescaped.

use super::*;
use crate::args::TrainArgs;
use crate::config::{Recipe, RunConfig};
use crate::plot::Picture;
use crate::result::tests::result;

const EVIL: &str = "<script>alert('x')</script>";

fn history(folder: &Path) -> HistoryTable {
    let path = folder.join("history.csv");
    std::fs::write(&path, "epoch,train_loss,valid_loss\n1,0.9,0.8\n2,0.4,0.5\n").unwrap();
    HistoryTable::read(&path).unwrap()
}

/// A report with every part, names from outside being as bad as they can be.
fn report(folder: &Path) -> Report {
    let mut confusion = ConfusionMatrix::new([EVIL, "dog"]);
    for (actual, predicted) in [(0, 0), (0, 1), (1, 1)] {
        confusion.add(actual, predicted);
    }
    let picture = Picture::from_planes(&[9; 64], [1, 8, 8], 1.0 / 16.0);
    let sample = Sample::predicted(picture.clone(), EVIL, 0.5, Some("dog"));
    let mut table = Table::new([EVIL]);
    table.push([EVIL]);
    let recipe = Recipe {
        name: "digits",
        dataset: "digits",
        epochs: 2,
        settings: serde_json::json!({"note": EVIL, "rate": 0.1}),
    };
    let mut config = RunConfig::new("cnn", &TrainArgs::default(), &recipe).unwrap();
    config.model = Some(format!("# {EVIL}\n[[layers]]\n"));
    let mut result = result(0, 0.988_9);
    result.dataset = EVIL.into();
    result.metrics.insert(EVIL.into(), f64::NAN);
    Report::new(&result)
        .with_history(&history(folder))
        .with_confusion(confusion)
        .with_samples("Worst mistakes", EVIL, vec![sample])
        .with_samples("Nothing", "", vec![])
        .with_table("Peers", EVIL, table)
        .with_picture(EVIL, "", picture.png().unwrap())
        .with_network(EVIL)
        .with_config(&config)
}

/// Opens and closes each element in turn; what HTML leaves empty needs no end.
fn check_nesting(html: &str) {
    let mut open: Vec<String> = Vec::new();
    for tag in html.split('<').skip(1) {
        let tag = tag.split_once('>').unwrap_or_else(|| panic!("an unfinished tag: {tag}")).0;
        let name = tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).unwrap().to_lowercase();
        if tag.starts_with('!') || tag.ends_with('/') || ["meta", "img", "br"].contains(&name.as_str()) {
            continue;
        }
        match tag.strip_prefix('/') {
            Some(_) => assert_eq!(open.pop().as_deref(), Some(name.as_str()), "an end without its beginning"),
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

#[test]
fn a_report_has_every_part_and_is_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let html = report(folder.path()).to_html().unwrap();
    check_nesting(&html);
    let parts = [
        "98.89 %",
        "34,826",
        "12.5<small> s",
        "2,013",
        "153.0<small> MiB",
        "<h2>Curves</h2>",
        "<h2>Confusion matrix</h2>",
        "<h2>Worst mistakes</h2>",
        "<h2>Peers</h2>",
        "<h2>Network</h2>",
        "<h2>Run</h2>",
        "<h2>Configuration</h2>",
        "prefers-color-scheme:dark",
        "<dt>rate</dt><dd>0.1</dd>",
        "50.0 %, is dog",
        "[[layers]]",
    ];
    for part in parts {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn a_report_loads_nothing_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let html = report(folder.path()).to_html().unwrap();
    for outside in ["http:", "https:", "//", "url(", "@import", "<link", "<script", "<iframe", "onload", "onerror"] {
        let without_pictures: String =
            html.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
        assert!(!without_pictures.contains(outside), "{outside}");
    }
    let sources: Vec<&str> = html.split("src=\"").skip(1).collect();
    assert_eq!(sources.len(), 2);
    assert!(sources.iter().all(|source| source.starts_with("data:image/png;base64,")));
}

#[test]
fn what_comes_from_outside_is_escaped_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let html = report(folder.path()).to_html().unwrap();
    assert!(!html.contains("<script"));
    assert!(html.matches("&lt;script&gt;").count() >= 10);
}

#[test]
fn a_report_of_figures_alone_is_well_formed_too() {
    let mut result = result(0, 0.5);
    result.metrics.clear();
    result.peak_rss_bytes = None;
    let html = Report::new(&result).to_html().unwrap();
    check_nesting(&html);
    assert!(!html.contains("<h2>Curves</h2>") && html.contains("<dt>Peak memory</dt><dd>unknown</dd>"));
}

#[test]
fn saving_writes_the_page_and_the_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let dir = RunDir::create(Some(&folder.path().join("run")), "cnn", "digits").unwrap();
    report(folder.path()).save(&dir).unwrap();
    for name in ["curves-loss", "confusion-matrix", "worst-mistakes", "nothing"] {
        let picture = image::open(dir.picture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(picture.width() > 100, "{name}");
    }
    assert!(dir.path().join("curves-loss.svg").is_file() && dir.path().join("confusion-matrix.svg").is_file());
    assert!(std::fs::read_to_string(dir.report()).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn every_colour_of_the_pictures_has_its_rule_for_a_dark_page() {
    let html = Report::new(&result(0, 0.5)).to_html().unwrap();
    for colour in crate::plot::theme::COLOURS {
        assert!(html.contains(&format!("svg [fill=\"{}\"]{{fill:var(--{})}}", colour.light, colour.role)));
        assert!(html.matches(&format!("--{}:", colour.role)).count() >= 2);
    }
}

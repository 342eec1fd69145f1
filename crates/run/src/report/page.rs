//! The page: its head, and its sections in order.

use super::parts::{facts, inline_png, inline_svg, named_metric, sample, section, table, tile};
use super::{Report, ReportError, Samples, drawn};
use crate::confusion::ConfusionMatrix;
use crate::numbers::{bytes, duration, percent, rate, thousands};
use crate::plot::svg::escape;
use crate::plot::theme::{COLOURS, Colour};
use crate::plot::{confusion_svg, confusions};
use crate::result::RunResult;

/// The style sheet, but for the colours, which come from the theme of the pictures.
const STYLE: &str = include_str!("report.css");

/// The report as HTML.
pub(super) fn page(report: &Report) -> Result<String, ReportError> {
    let result = &report.result;
    let title = escape(&format!("{} {} – Firebrick", result.crate_name, result.recipe));
    let style = format!("{}{STYLE}", colours());
    let mut body = header(result);
    body.push_str(&tiles(result));
    body.push_str(&curves(report)?);
    body.push_str(&report.confusion.as_ref().map_or(String::new(), confusion));
    for samples in &report.samples {
        body.push_str(&sample_pictures(samples)?);
    }
    for picture in &report.pictures {
        body.push_str(&section(&picture.title, &picture.note, &inline_png(&picture.png, &picture.title, "wide")));
    }
    for named in &report.tables {
        body.push_str(&section(&named.title, &named.note, &table(&named.table)));
    }
    if let Some(network) = &report.network {
        body.push_str(&section(
            "Network",
            "",
            &format!("<pre class=\"scroll\">{}</pre>\n", escape(network.trim_end())),
        ));
    }
    body.push_str(&summary(report));
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{style}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    ))
}

/// The theme as variables, its dark side, and the rules that recolour drawings made for a light page.
fn colours() -> String {
    let values = |shade: fn(&Colour) -> &'static str| -> String {
        COLOURS.iter().map(|colour| format!("--{}:{};", colour.role, shade(colour))).collect()
    };
    let rules: String = COLOURS
        .iter()
        .map(|Colour { role, light, .. }| {
            format!("svg [fill=\"{light}\"]{{fill:var(--{role})}}svg [stroke=\"{light}\"]{{stroke:var(--{role})}}\n")
        })
        .collect();
    let (light, dark) = (values(|colour| colour.light), values(|colour| colour.dark));
    format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{rules}")
}

fn header(result: &RunResult) -> String {
    let epochs = if result.epochs == 1 { "epoch" } else { "epochs" };
    let line =
        format!("{} data · {} · seed {} · {} {epochs}", result.dataset, result.device, result.seed, result.epochs);
    format!(
        "<header>\n<p class=\"crate\">Firebrick · {}</p>\n<h1>{}</h1>\n<p class=\"note\">{}</p>\n</header>\n",
        escape(&result.crate_name),
        escape(&result.recipe),
        escape(&line)
    )
}

/// The figures that are asked for first: the main metric, size, time, speed, memory.
fn tiles(result: &RunResult) -> String {
    let headline = ["test_accuracy", "valid_accuracy", "test_loss"];
    let main =
        headline.iter().find_map(|name| result.metrics.get_key_value(*name)).or(result.metrics.first_key_value());
    let mut out = String::new();
    if let Some((name, value)) = main {
        let (name, value) = named_metric(name, *value);
        out.push_str(&tile(&name, &value, true));
    }
    out.push_str(&tile("Parameters", &thousands(result.parameters as u64), false));
    out.push_str(&tile("Training time", &duration(result.seconds), false));
    out.push_str(&tile("Samples per second", &rate(result.samples_per_second), false));
    if let Some(peak) = result.peak_rss_bytes {
        out.push_str(&tile("Peak memory", &bytes(peak), false));
    }
    format!("<dl class=\"tiles\">\n{out}</dl>\n")
}

fn curves(report: &Report) -> Result<String, ReportError> {
    let mut out = String::new();
    for chart in &report.charts {
        let svg = drawn(&chart.name, chart.svg())?;
        out.push_str(&inline_svg(&svg, &format!("{} by epoch. {}", chart.title, chart.subtitle)));
    }
    let content = format!("<div class=\"charts\">\n{out}</div>\n");
    Ok(if out.is_empty() { out } else { section("Curves", "", &content) })
}

fn confusion(matrix: &ConfusionMatrix) -> String {
    let picture = confusion_svg(matrix).map_or(String::new(), |svg| inline_svg(&svg, "Confusion matrix"));
    let note = match matrix.accuracy() {
        Some(accuracy) => format!("{} of {} samples are right", percent(accuracy), thousands(matrix.total())),
        None => "no samples".into(),
    };
    let pairs = confusions(matrix, 8);
    let pairs = match pairs.rows().is_empty() {
        true => String::new(),
        false => format!("<h3>Most often confused</h3>\n{}", table(&pairs)),
    };
    let by_class = format!("<div>\n<h3>By class</h3>\n{}{pairs}</div>\n", table(&matrix.table()));
    section("Confusion matrix", &note, &format!("<div class=\"beside\">\n{picture}{by_class}</div>\n"))
}

fn sample_pictures(samples: &Samples) -> Result<String, ReportError> {
    let figures: Result<String, _> = samples.samples.iter().map(sample).collect();
    let figures = drawn(&samples.title, figures)?;
    let content = match figures.is_empty() {
        true => "<p class=\"note\">none</p>\n".into(),
        false => format!("<div class=\"samples\">\n{figures}</div>\n"),
    };
    Ok(section(&samples.title, &samples.note, &content))
}

/// Everything that is known of the run: its figures, and its configuration field by field.
fn summary(report: &Report) -> String {
    let result = &report.result;
    let metrics: Vec<_> = result.metrics.iter().map(|(name, value)| named_metric(name, *value)).collect();
    let run = [
        ("Recipe", result.recipe.clone()),
        ("Data set", result.dataset.clone()),
        ("Device", result.device.to_string()),
        ("Seed", result.seed.to_string()),
        ("Epochs", result.epochs.to_string()),
        ("Training samples", thousands(result.train_samples as u64)),
        ("Parameters", thousands(result.parameters as u64)),
        ("Training time", duration(result.seconds)),
        ("Samples per second", rate(result.samples_per_second)),
        ("Peak memory", result.peak_rss_bytes.map_or("unknown".into(), bytes)),
    ];
    let run = run.into_iter().chain(metrics.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let mut out = section("Run", "", &facts(run));
    if !report.settings.is_empty() {
        let settings = report.settings.iter().map(|(name, value)| (name.trim_start_matches("settings."), plain(value)));
        out.push_str(&section("Configuration", "what config.json holds", &facts(settings)));
    }
    out
}

/// A JSON text without its quotation marks, everything else as it is.
fn plain(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.replace("null", "–"))
}

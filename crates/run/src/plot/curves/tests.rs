//! Curves as SVG: axes, gaps, end values.

use super::*;
use crate::plot::svg_to_png;

fn history(text: &str) -> HistoryTable {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.csv");
    std::fs::write(&path, text).unwrap();
    HistoryTable::read(&path).unwrap()
}

fn chart(points: &[(u32, f64)]) -> Chart {
    let series = vec![Series { name: "training".into(), points: points.to_vec() }];
    Chart {
        name: "loss".into(),
        title: "Loss".into(),
        subtitle: String::new(),
        axis: "epoch".into(),
        series,
        marks: Vec::new(),
    }
}

#[test]
fn splits_of_a_metric_share_a_chart_and_the_learning_rate_comes_last() {
    let history = history(
        "epoch,learning_rate,train_loss,train_accuracy,valid_loss,valid_accuracy\n\
         1,0.1,0.9,0.7,0.8,0.75\n2,0.01,0.5,0.8,0.6,0.85\n3,0.01,0.4,0.9,0.7,0.85\n",
    );
    let charts = history_charts(&history);
    let names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
    assert_eq!(names, ["loss", "accuracy", "learning_rate"]);
    let series: Vec<&str> = charts[0].series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(series, ["training", "validation"]);
    assert_eq!(charts[0].subtitle, "best validation 0.6000 in epoch 2");
    assert_eq!(charts[1].subtitle, "best validation 0.8500 in epoch 2");
    assert_eq!(charts[2].subtitle, "");
}

#[test]
fn a_rate_that_never_changes_and_columns_without_numbers_have_no_chart() {
    let history = history("epoch,learning_rate,train_loss,valid_loss\n1,0.1,NaN,\n2,0.1,inf,\n");
    assert_eq!(history_charts(&history), []);
}

#[test]
fn charts_of_any_values_become_pictures() {
    let cases: [&[(u32, f64)]; 8] = [
        &[(1, 0.5)],
        &[(1, 0.5), (2, 0.5)],
        &[(1, 0.0), (2, 0.0)],
        &[(1, -1e29), (2, 1e29)],
        &[(1, 1e-20), (2, 2e-20)],
        &[(1, 1e15), (2, 1e15 + 0.125)],
        &[(3, 2.3), (4, 0.1), (5, 0.05)],
        &[(1, 0.99), (1000, 0.999)],
    ];
    for points in cases {
        let svg = chart(points).svg().unwrap();
        let png = svg_to_png(&svg, 1120).unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (1120, 640), "{points:?}");
        assert_eq!(svg.matches("<title>").count(), points.len());
    }
    assert!(matches!(chart(&[]).svg(), Err(PlotError::Chart(_))));
}

#[test]
fn a_curve_is_drawn_in_its_colour() {
    let png = svg_to_png(&chart(&[(1, 0.9), (2, 0.4), (3, 0.2)]).svg().unwrap(), 560).unwrap();
    let blue = |pixel: &&image::Rgb<u8>| pixel.0 == [0x2A, 0x78, 0xD6];
    assert!(image::load_from_memory(&png).unwrap().into_rgb8().pixels().filter(blue).count() > 200);
}

#[test]
fn marked_epochs_have_a_line_and_a_label_and_stay_inside() {
    let mut chart = chart(&[(1, 0.9), (2, 0.4), (3, 0.2)]);
    let mark = |epoch, label: &str| Mark { epoch, label: label.into() };
    chart.marks = vec![mark(2, "kept in epoch 2"), mark(3, "stopped in epoch 3"), mark(4, "beyond")];
    let svg = chart.svg().unwrap();
    assert_eq!(svg.matches("stroke-dasharray").count(), 2);
    assert!(svg.contains("kept in epoch 2") && !svg.contains("beyond"));
    let stopped = svg.lines().find(|line| line.contains(">stopped in epoch 3<")).unwrap();
    assert!(stopped.contains("text-anchor=\"end\""), "no room on the right: {stopped}");
    svg_to_png(&svg, 560).unwrap();
}

#[test]
fn titles_and_names_are_escaped() {
    let mut chart = chart(&[(1, 0.5), (2, 0.4)]);
    chart.title = "<script>".into();
    chart.series[0].name = "a&b".into();
    let svg = chart.svg().unwrap();
    assert!(svg.contains("&lt;script&gt;") && svg.contains("a&amp;b epoch 1") && !svg.contains("<script"));
}

#[test]
fn names_of_metrics_become_titles() {
    assert_eq!(title("top_5_accuracy"), "Top 5 accuracy");
    assert_eq!(title(""), "");
}

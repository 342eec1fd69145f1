//! A series keeps time running forward.

use super::*;
use crate::sequences::Target;

fn series(values: &[f64]) -> Series {
    Series::new(vec![("x".into(), values.to_vec())], "x").unwrap()
}

fn counting(rows: usize) -> Series {
    series(&(0..rows).map(|row| row as f64).collect::<Vec<_>>())
}

#[test]
fn missing_values_take_the_last_one_and_rows_before_the_first_go() {
    let nan = f64::NAN;
    let columns = vec![("a".into(), vec![nan, 1.0, nan, nan, 4.0]), ("b".into(), vec![9.0, nan, 8.0, 7.0, nan])];
    let series = Series::new(columns, "a").unwrap();
    assert_eq!((series.len(), series.measured()), (4, &[true, false, false, true][..]));
    assert_eq!((series.column(0), series.column(1)), (&[1.0, 1.0, 1.0, 4.0][..], &[9.0, 8.0, 7.0, 7.0][..]));
}

#[test]
fn a_window_sees_all_columns_and_asks_for_the_next_values_of_the_target() {
    let columns = vec![
        ("other".into(), (0..10).map(|row| 100.0 + f64::from(row)).collect()),
        ("x".into(), (0..10).map(f64::from).collect()),
    ];
    let series = Series::new(columns, "x").unwrap();
    let windows = series.windows(0..7, &WindowConfig { input: 3, horizon: 2, stride: 2 }).unwrap();
    assert_eq!(windows.rows, [3, 5]);
    assert_eq!(windows.sequences.values(1), Some(&[102.0, 2.0, 103.0, 3.0, 104.0, 4.0][..]));
    assert_eq!(windows.sequences.target(1), Target::Values(vec![5.0, 6.0]));
}

#[test]
fn windows_of_a_later_part_see_the_rows_before_it_and_no_target_is_in_two_parts() {
    let series = counting(20);
    let parts = series.parts(Fractions { valid: 0.2, test: 0.3 }).unwrap();
    assert_eq!((parts.train.clone(), parts.valid.clone(), parts.test.clone()), (0..10, 10..14, 14..20));
    let config = WindowConfig { input: 4, horizon: 2, stride: 1 };
    let rows = |part| series.windows(part, &config).unwrap().rows;
    assert_eq!(rows(parts.train), [4, 5, 6, 7, 8]);
    assert_eq!(rows(parts.valid), [10, 11, 12]);
    assert_eq!(rows(parts.test), [14, 15, 16, 17, 18]);
}

#[test]
fn filled_values_are_seen_and_never_asked_for() {
    let series = series(&[0.0, 1.0, f64::NAN, 3.0, 4.0, 5.0]);
    assert_eq!(series.measured(), [true, true, false, true, true, true]);
    let windows = series.windows(0..6, &WindowConfig { input: 1, horizon: 1, stride: 1 }).unwrap();
    assert_eq!(windows.rows, [1, 3, 4, 5]);
    assert_eq!(windows.sequences.values(1), Some(&[1.0][..]));
    let windows = series.windows(0..6, &WindowConfig { input: 1, horizon: 2, stride: 1 }).unwrap();
    assert_eq!(windows.rows, [3, 4]);
}

#[test]
fn the_scale_comes_from_its_rows_alone_and_goes_back() {
    let columns = vec![("x".into(), vec![1.0, 3.0, 50.0]), ("flat".into(), vec![7.0; 3])];
    let series = Series::new(columns, "x").unwrap();
    let scale = Standardisation::fit(&series, 0..2).unwrap();
    let scaled = series.standardised(&scale).unwrap();
    assert_eq!((scaled.column(0), scaled.column(1)), (&[-1.0, 1.0, 48.0][..], &[0.0; 3][..]));
    assert_eq!((scale.restore(0, 48.0), scale.restore(1, 0.0)), (50.0, 7.0));
    let again: Standardisation = serde_json::from_str(&serde_json::to_string(&scale).unwrap()).unwrap();
    assert_eq!(again, scale);
}

#[test]
fn baselines_repeat_the_last_value_or_the_last_season() {
    let series = counting(12).with_season(4);
    assert_eq!(naive(&series, &[8, 5], 2), [7.0, 7.0, 4.0, 4.0]);
    assert_eq!(seasonal_naive(&series, &[8], 6), [4.0, 5.0, 6.0, 7.0, 4.0, 5.0]);
    assert_eq!(seasonal_naive(&series, &[2], 3), [1.0, 1.0, 0.0], "less than a season is known");
    let errors = ForecastErrors::of(&[1.0, 2.0], &[1.0, 5.0]).unwrap();
    assert_eq!((errors.mae, errors.rmse), (1.5, 4.5f64.sqrt()));
}

#[test]
fn a_cycle_tells_the_place_in_it() {
    let series = counting(6).with_cycle(4);
    assert_eq!(series.names(), ["x", "sin 4", "cos 4"]);
    let close = |column: &[f64], expected: [f64; 6]| column.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(
        close(series.column(1), [0.0, 1.0, 0.0, -1.0, 0.0, 1.0])
            && close(series.column(2), [1.0, 0.0, -1.0, 0.0, 1.0, 0.0])
    );
}

#[test]
fn each_rule_has_its_message() {
    let new = |columns: &[(&str, &[f64])], target| {
        let columns = columns.iter().map(|(name, values)| (name.to_string(), values.to_vec())).collect();
        Series::new(columns, target).unwrap_err().to_string()
    };
    assert!(new(&[("a", &[1.0])], "b").contains("no column \"b\" of numbers; the columns are a"));
    assert!(new(&[("a", &[1.0]), ("a", &[2.0])], "a").contains("occurs twice"));
    assert!(new(&[("a", &[1.0]), ("b", &[])], "a").contains("column \"b\" has 0 rows"));
    assert!(new(&[("a", &[1.0, f64::INFINITY])], "a").contains("infinite at row 1"));
    assert!(new(&[("a", &[1.0]), ("b", &[f64::NAN])], "a").contains("no row is left"));
    let windows = |rows, input, horizon, stride| {
        counting(10).windows(rows, &WindowConfig { input, horizon, stride }).unwrap_err().to_string()
    };
    assert!(windows(0..10, 0, 1, 1).contains("windows of 0 steps"));
    assert!(windows(0..11, 1, 1, 1).contains("rows 0 to 11 of a series with 10 rows"));
    assert!(windows(0..4, 3, 2, 1).contains("hold no window of 3 steps"));
    assert!(windows(0..4, 1, usize::MAX, 1).contains("hold no window"));
    assert!(Standardisation::fit(&counting(3), 2..2).unwrap_err().to_string().contains("rows 2 to 2"));
    let other = Standardisation::fit(&counting(3).with_cycle(2), 0..3).unwrap();
    assert!(counting(3).standardised(&other).unwrap_err().to_string().contains("3 columns for a series of 1"));
    assert!(ForecastErrors::of(&[], &[]).unwrap_err().to_string().contains("0 forecasts"));
    assert!(counting(2).parts(Fractions::default()).is_err());
}

//! Forecasts of a time series, several steps ahead, beside the two forecasts that cost nothing: the last value, and the value of
//! a season ago.

use std::path::Path;

use anyhow::ensure;
use firebrick_data::catalog::Request;
use firebrick_data::series::{ForecastErrors, Series, WindowConfig, Windows, naive, seasonal_naive};
use firebrick_data::{Fractions, Sequences, Splits, Targets};
use firebrick_rnn::tasks::{FitConfig, Forecaster};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::plot::{Chart, Series as Curve, svg_to_png};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, Table, WatchSettings};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::settings::Settings;
use crate::train::{Config, Problem};

/// Rows in the plot, at most.
const SHOWN: usize = 240;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forecast {
    pub(crate) cell: Cell,
    pub(crate) hidden_size: usize,
    /// Steps that are seen.
    pub(crate) window: usize,
    /// Steps that are forecast.
    pub(crate) horizon: usize,
    /// Learns ln(1 + target): for series whose swings grow with their level. Values must be 0 or more then.
    pub(crate) logarithm: bool,
    /// What forecasts are added to, so that only the difference must be learnt.
    pub(crate) base: Base,
}

/// What a forecast is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Base {
    /// The last value or the value a season ago, whichever was nearer in the training rows.
    Nearest,
    /// The last value that is seen.
    Last,
    /// The value a season ago.
    Season,
    /// Nothing: the value itself is learnt.
    Nothing,
}

/// The series of a run, as it was measured and as the network sees it.
pub(crate) struct Data {
    series: Series,
    /// The target as it is learnt, before the base is taken off.
    scaled: Vec<f64>,
    base: Base,
    parts: Splits<Sequences>,
    /// The row of each test window's first target.
    test_rows: Vec<usize>,
}

pub(crate) fn recipe() -> Recipe<Settings<Forecast>> {
    let problem =
        Forecast { cell: Cell::Gru, hidden_size: 32, window: 24, horizon: 12, logarithm: true, base: Base::Nearest };
    let fit = FitConfig::new().with_batch_size(32).with_learning_rate(2e-3);
    let settings = Settings::new(problem, &fit);
    let watch = WatchSettings { keep_best: true, patience: Some(8), ..settings.watch };
    Recipe { name: "forecast", dataset: "airline", epochs: 60, settings: Settings { watch, ..settings } }
}

impl Base {
    /// What is added to step `h` of a forecast whose first step is `row`.
    fn of(self, scaled: &[f64], season: usize, row: usize, h: usize) -> f64 {
        match self {
            Self::Season => scaled[row + h - season],
            Self::Last | Self::Nearest => scaled[row - 1],
            Self::Nothing => 0.0,
        }
    }
}

impl Forecast {
    fn scaled(&self, value: f64) -> f64 {
        if self.logarithm { value.ln_1p() } else { value }
    }

    fn restored(&self, scaled: f64) -> f64 {
        if self.logarithm { scaled.exp_m1() } else { scaled }
    }

    fn check(&self, series: &Series) -> anyhow::Result<()> {
        let (target, season) = (series.column(series.target()), series.season());
        let name = &series.names()[series.target()];
        if let Some(row) = target.iter().position(|value| self.logarithm && *value < 0.0) {
            anyhow::bail!(
                "row {row} of column {name} is {}, below 0, where the logarithm is not defined: add --set logarithm=false",
                target[row]
            );
        }
        ensure!(
            self.base != Base::Season || (self.horizon <= season && season > 1),
            "with base = season the horizon, {}, is at most a season, {season} rows: what lies a season before a forecast \
             row must be known; lower horizon, or add --set base=last",
            self.horizon
        );
        Ok(())
    }

    /// The base, where it is to be the nearest.
    fn chosen(&self, series: &Series, train: &[usize]) -> anyhow::Result<Base> {
        let (horizon, season) = (self.horizon, series.season());
        if self.base != Base::Nearest {
            return Ok(self.base);
        }
        let rows: Vec<usize> = train.iter().copied().filter(|&row| row >= season).collect();
        if season < 2 || horizon > season || rows.is_empty() {
            return Ok(Base::Last);
        }
        let target = series.column(series.target());
        let truth: Vec<f64> = rows.iter().flat_map(|&row| target[row..row + horizon].iter().copied()).collect();
        let last = ForecastErrors::of(&naive(series, &rows, horizon), &truth)?;
        let ago = ForecastErrors::of(&seasonal_naive(series, &rows, horizon), &truth)?;
        Ok(if ago.mae < last.mae { Base::Season } else { Base::Last })
    }

    /// The series that the network sees: the target as it is learnt, all other columns, and the place in the season.
    fn learnt(series: &Series, scaled: &[f64]) -> anyhow::Result<Series> {
        let column = |i: usize| match i == series.target() {
            true => (0..series.len()).map(|row| if series.measured()[row] { scaled[row] } else { f64::NAN }).collect(),
            false => series.column(i).to_vec(),
        };
        let columns = (0..series.names().len()).map(|i| (series.names()[i].clone(), column(i)));
        let learnt = Series::new(columns.collect(), &series.names()[series.target()])?;
        Ok(if series.season() > 1 { learnt.with_cycle(series.season()) } else { learnt })
    }

    /// Windows whose answers are differences from the base.
    fn differences(&self, windows: &Windows, scaled: &[f64], season: usize, base: Base) -> anyhow::Result<Sequences> {
        let known = |i: &usize| base != Base::Season || windows.rows[*i] >= season;
        let kept: Vec<usize> = (0..windows.rows.len()).filter(known).collect();
        let seen = kept.iter().filter_map(|&i| windows.sequences.values(i)).collect::<Vec<&[f32]>>();
        let asked = kept
            .iter()
            .map(|&i| windows.rows[i])
            .flat_map(|row| (0..self.horizon).map(move |h| (scaled[row + h] - base.of(scaled, season, row, h)) as f32));
        let features = windows.sequences.features().unwrap_or(1);
        Ok(Sequences::of_values(&seen, features, Targets::values(asked.collect(), self.horizon))?)
    }

    /// What the target will be, from what the network says of a window whose first target lies in this row.
    fn values(&self, data: &Data, row: usize, said: &[f32]) -> Vec<f64> {
        let base = |h| data.base.of(&data.scaled, data.series.season(), row, h);
        said.iter().enumerate().map(|(h, &said)| self.restored(base(h) + f64::from(said))).collect()
    }

    /// For each test window the row of its first target, and what was forecast.
    fn forecasts(&self, task: &Forecaster, data: &Data) -> anyhow::Result<Vec<(usize, Vec<f64>)>> {
        let said = task.predict(&data.parts.test)?;
        Ok(data.test_rows.iter().zip(said).map(|(&row, said)| (row, self.values(data, row, &said))).collect())
    }

    /// Errors of the forecasts, and of the naive and the seasonal naive ones, over the same rows.
    fn errors(&self, task: &Forecaster, data: &Data) -> anyhow::Result<[ForecastErrors; 3]> {
        let (rows, forecasts): (Vec<usize>, Vec<Vec<f64>>) = self.forecasts(task, data)?.into_iter().unzip();
        let target = data.series.column(data.series.target());
        let truth: Vec<f64> = rows.iter().flat_map(|&row| target[row..row + self.horizon].iter().copied()).collect();
        Ok([
            ForecastErrors::of(&forecasts.concat(), &truth)?,
            ForecastErrors::of(&naive(&data.series, &rows, self.horizon), &truth)?,
            ForecastErrors::of(&seasonal_naive(&data.series, &rows, self.horizon), &truth)?,
        ])
    }

    /// Truth, forecasts and seasonal naive forecasts of the last test rows, windows one after the other.
    fn chart(&self, task: &Forecaster, data: &Data) -> anyhow::Result<Chart> {
        let forecasts = self.forecasts(task, data)?;
        let windows = (SHOWN / self.horizon).max(1);
        let mut shown: Vec<&(usize, Vec<f64>)> = forecasts.iter().rev().step_by(self.horizon).take(windows).collect();
        shown.reverse();
        let rows: Vec<usize> = shown.iter().map(|(row, _)| *row).collect();
        let places = |row: usize| (row..row + self.horizon).map(|row| row as u32);
        let target = data.series.column(data.series.target());
        let truth = rows.iter().flat_map(|&row| places(row).map(|place| (place, target[place as usize])));
        let ours = shown.iter().flat_map(|(row, values)| places(*row).zip(values.iter().copied()));
        let season = seasonal_naive(&data.series, &rows, self.horizon);
        let season = rows.iter().flat_map(|&row| places(row)).zip(season);
        let curve = |name: &str, points: Vec<(u32, f64)>| Curve { name: name.into(), points };
        Ok(Chart {
            name: "forecast".into(),
            title: format!("{}: {} rows ahead", data.series.names()[data.series.target()], self.horizon),
            subtitle: "the last test windows, one after the other".into(),
            axis: "row".into(),
            series: vec![
                curve("truth", truth.collect()),
                curve("forecast", ours.collect()),
                curve("a season ago", season.collect()),
            ],
            marks: Vec::new(),
        })
    }
}

impl Problem for Forecast {
    type Task = Forecaster;
    type Data = Data;

    fn data(config: &Config<Self>) -> anyhow::Result<Data> {
        let problem = &config.settings.problem;
        let series = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).series()?;
        problem.check(&series)?;
        let target = series.column(series.target());
        let scaled: Vec<f64> = target.iter().map(|&value| problem.scaled(value)).collect();
        let learnt = Self::learnt(&series, &scaled)?;
        let window = WindowConfig { input: problem.window, horizon: problem.horizon, stride: 1 };
        let parts = learnt.parts(Fractions::default())?;
        let Splits { train, valid, test } = parts.map(|rows| learnt.windows(rows, &window));
        let (train, valid, test) = (train?, valid?, test?);
        let base = problem.chosen(&series, &train.rows)?;
        let part = |windows: &Windows| problem.differences(windows, &scaled, series.season(), base);
        let parts = Splits { train: part(&train)?, valid: part(&valid)?, test: part(&test)? };
        let known = |row: &usize| base != Base::Season || *row >= series.season();
        let test_rows = test.rows.into_iter().filter(known).collect();
        Ok(Data { scaled, base, parts, test_rows, series })
    }

    fn parts(data: &Data) -> [&Sequences; 2] {
        [&data.parts.train, &data.parts.valid]
    }

    fn shape(data: &Data) -> SequenceShape {
        data.parts.train.features().map_or_else(SequenceShape::ids, SequenceShape::features)
    }

    fn network(&self, _data: &Data) -> SequenceNetworkConfig {
        self.cell.add_to(sequence![], self.hidden_size, false).with(dense(self.horizon))
    }

    fn task(&self, network: SequenceNetworkConfig, _data: &Data) -> anyhow::Result<Forecaster> {
        Ok(Forecaster::new(network, self.horizon))
    }

    fn metrics(&self, task: &Forecaster, data: &Data) -> anyhow::Result<Vec<(String, f64)>> {
        let names = ["test", "naive", "seasonal_naive"];
        let errors = self.errors(task, data)?;
        Ok(names
            .iter()
            .zip(errors)
            .flat_map(|(name, errors)| [(format!("{name}_mae"), errors.mae), (format!("{name}_rmse"), errors.rmse)])
            .collect())
    }

    fn report(&self, report: Report, task: &Forecaster, data: &Data, folder: &Path) -> anyhow::Result<Report> {
        let mut table = Table::new(["forecast", "mean absolute error", "root mean squared error"]);
        let names = ["the network's", "the last value", "the value a season ago"];
        for (name, errors) in names.iter().zip(self.errors(task, data)?) {
            table.push([name.to_string(), format!("{:.3}", errors.mae), format!("{:.3}", errors.rmse)]);
        }
        let chart = self.chart(task, data)?;
        let svg = chart.svg()?;
        std::fs::write(folder.join("forecast.svg"), &svg)?;
        std::fs::write(folder.join("forecast.png"), svg_to_png(&svg, 1120)?)?;
        let note = format!("On the test rows, {} rows ahead, in the units of the series.", self.horizon);
        Ok(report.with_chart(chart).with_table("Errors", &note, table))
    }
}

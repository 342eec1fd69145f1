//! Forecasts of a time series, several steps ahead, beside the two forecasts that cost nothing: the last value, and the value of
//! a season ago.

use std::path::Path;

use anyhow::ensure;
use firebrick_data::catalog::Request;
use firebrick_data::series::{ForecastErrors, Series, WindowConfig, Windows, naive, seasonal_naive};
use firebrick_data::{Fractions, Sequences, Splits};
use firebrick_rnn::tasks::{FitConfig, Forecaster};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::plot::{Chart, Series as Curve, svg_to_png};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, Table};
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
    /// Learns by how much the target will differ from its value of a season ago, instead of the value itself.
    pub(crate) seasonal_difference: bool,
}

/// The series of a run, as it was measured and as the network sees it.
pub(crate) struct Data {
    series: Series,
    windows: Splits<Windows>,
    /// Rows of the series before the first that the network sees.
    offset: usize,
}

pub(crate) fn recipe() -> Recipe<Settings<Forecast>> {
    let problem = Forecast {
        cell: Cell::Gru,
        hidden_size: 32,
        window: 24,
        horizon: 12,
        logarithm: true,
        seasonal_difference: true,
    };
    let fit = FitConfig::new().with_batch_size(32).with_learning_rate(3e-3);
    Recipe { name: "forecast", dataset: "airline", epochs: 60, settings: Settings::new(problem, &fit) }
}

impl Forecast {
    /// The target as it is learnt, before differences are taken.
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
            !self.seasonal_difference || (self.horizon <= season && season > 1),
            "with seasonal_difference = true the horizon, {}, is at most a season, {season} rows: what lies a season before a \
             forecast row must be known; lower horizon, or add --set seasonal_difference=false",
            self.horizon
        );
        Ok(())
    }

    /// The series that the network sees: the target as it is learnt, all other columns, and the place in the season.
    fn learnt(&self, series: &Series) -> anyhow::Result<Series> {
        let (target, season) = (series.target(), series.season());
        let scaled: Vec<f64> = series.column(target).iter().map(|&value| self.scaled(value)).collect();
        let measured = |row: usize| if series.measured()[row] { scaled[row] } else { f64::NAN };
        let mut columns: Vec<(String, Vec<f64>)> = (0..series.names().len())
            .filter(|&i| i != target)
            .map(|i| (series.names()[i].clone(), series.column(i).to_vec()))
            .collect();
        let name = series.names()[target].clone();
        let values = (0..series.len()).map(measured).collect();
        let asked = if self.seasonal_difference {
            let before = |row: usize| row.checked_sub(season).map_or(f64::NAN, |before| scaled[before]);
            let asked = format!("{name} - {name} {season} rows before");
            columns.push((name, values));
            columns.push((asked.clone(), (0..series.len()).map(|row| measured(row) - before(row)).collect()));
            asked
        } else {
            columns.push((name.clone(), values));
            name
        };
        let learnt = Series::new(columns, &asked)?.with_season(season);
        Ok(if season > 1 { learnt.with_cycle(season) } else { learnt })
    }

    /// What the target will be, from what the network says of a window whose first target lies in this row of the series.
    fn values(&self, series: &Series, row: usize, said: &[f32]) -> Vec<f64> {
        let target = series.column(series.target());
        let value = |(h, &said): (usize, &f32)| {
            let base = if self.seasonal_difference { self.scaled(target[row + h - series.season()]) } else { 0.0 };
            self.restored(base + f64::from(said))
        };
        said.iter().enumerate().map(value).collect()
    }

    /// For each test window the row of its first target, what was forecast and what came.
    fn forecasts(&self, task: &Forecaster, data: &Data) -> anyhow::Result<Vec<(usize, Vec<f64>)>> {
        let said = task.predict(&data.windows.test.sequences)?;
        let rows = data.windows.test.rows.iter().map(|row| row + data.offset);
        Ok(rows.zip(said).map(|(row, said)| (row, self.values(&data.series, row, &said))).collect())
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
        let learnt = problem.learnt(&series)?;
        let offset = series.len() - learnt.len();
        let parts = learnt.parts(Fractions::default())?;
        let window = WindowConfig { input: problem.window, horizon: problem.horizon, stride: 1 };
        let Splits { train, valid, test } = parts.map(|rows| learnt.windows(rows, &window));
        Ok(Data { series, windows: Splits { train: train?, valid: valid?, test: test? }, offset })
    }

    fn parts(data: &Data) -> [&Sequences; 2] {
        [&data.windows.train.sequences, &data.windows.valid.sequences]
    }

    fn shape(data: &Data) -> SequenceShape {
        data.windows.train.sequences.features().map_or_else(SequenceShape::ids, SequenceShape::features)
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

//! The report of a run: one HTML file that needs nothing else, on a light page or a dark one.
//!
//! Figures at the top, then curves, confusion matrix, sample pictures, tables, the network and the configuration. Pictures
//! are part of the file; nothing is loaded from anywhere and no script runs. Whatever comes from outside is escaped.

mod page;
mod parts;

use std::path::Path;

use serde::Serialize;

use crate::confusion::ConfusionMatrix;
use crate::dir::RunDir;
use crate::files::{FileError, write_atomic};
use crate::history::HistoryTable;
use crate::plot::{Chart, Mark, PlotError, Sample, confusion_svg, history_charts, picture_grid, svg_to_png};
use crate::result::RunResult;
use crate::settings::setting_names;
use crate::table::Table;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A picture could not be drawn.
    #[error("the report's picture `{name}` cannot be drawn")]
    Plot {
        /// Which picture.
        name: String,
        /// Why.
        source: PlotError,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Builds the report of a finished run; every part may be left out.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use firebrick_run::{ConfusionMatrix, DeviceName, RunResult};
/// use firebrick_run::report::Report;
///
/// # let result = RunResult { crate_name: "cnn".into(), recipe: "digits".into(), dataset: "digits".into(), device: DeviceName::Flex,
/// #     seed: 0, epochs: 1, parameters: 10, train_samples: 100, seconds: 1.0, samples_per_second: 100.0,
/// #     metrics: BTreeMap::new(), peak_rss_bytes: None };
/// let mut confusion = ConfusionMatrix::new(["cat", "dog"]);
/// confusion.add(0, 0);
/// let html = Report::new(&result).with_confusion(confusion).to_html()?;
/// assert!(html.starts_with("<!DOCTYPE html>"));
/// # Ok::<(), firebrick_run::report::ReportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    result: RunResult,
    charts: Vec<Chart>,
    confusion: Option<ConfusionMatrix>,
    samples: Vec<Samples>,
    tables: Vec<NamedTable>,
    pictures: Vec<NamedPicture>,
    network: Option<String>,
    settings: Vec<(String, String)>,
}

/// A section of sample pictures.
#[derive(Clone, Debug)]
struct Samples {
    title: String,
    note: String,
    samples: Vec<Sample>,
}

/// A section that is a table.
#[derive(Clone, Debug)]
struct NamedTable {
    title: String,
    note: String,
    table: Table,
}

/// A section that is one picture.
#[derive(Clone, Debug)]
struct NamedPicture {
    title: String,
    note: String,
    png: Vec<u8>,
}

impl Report {
    /// A report of the figures alone.
    pub fn new(result: &RunResult) -> Self {
        Self {
            result: result.clone(),
            charts: Vec::new(),
            confusion: None,
            samples: Vec::new(),
            tables: Vec::new(),
            pictures: Vec::new(),
            network: None,
            settings: Vec::new(),
        }
    }

    /// Adds the curves of `history.csv`.
    #[must_use]
    pub fn with_history(mut self, history: &HistoryTable) -> Self {
        self.charts.extend(history_charts(history));
        self
    }

    /// Points out epochs in the charts added so far: the one whose weights were kept, the one at which the training was ended.
    #[must_use]
    pub fn with_marks(mut self, marks: &[Mark]) -> Self {
        self.charts.iter_mut().for_each(|chart| chart.marks.extend_from_slice(marks));
        self
    }

    /// Adds a chart of one's own beside the curves.
    #[must_use]
    pub fn with_chart(mut self, chart: Chart) -> Self {
        self.charts.push(chart);
        self
    }

    /// Adds the confusion matrix, the figures by class, and the pairs of classes that are most often confused.
    #[must_use]
    pub fn with_confusion(mut self, confusion: ConfusionMatrix) -> Self {
        self.confusion = Some(confusion);
        self
    }

    /// Adds a section of pictures, such as samples with their predictions, or the worst mistakes.
    #[must_use]
    pub fn with_samples(mut self, title: &str, note: &str, samples: Vec<Sample>) -> Self {
        self.samples.push(Samples { title: title.into(), note: note.into(), samples });
        self
    }

    /// Adds a section with a table.
    #[must_use]
    pub fn with_table(mut self, title: &str, note: &str, table: Table) -> Self {
        self.tables.push(NamedTable { title: title.into(), note: note.into(), table });
        self
    }

    /// Adds a section with one picture, given as PNG, or as a GIF that moves.
    #[must_use]
    pub fn with_picture(mut self, title: &str, note: &str, png: Vec<u8>) -> Self {
        self.pictures.push(NamedPicture { title: title.into(), note: note.into(), png });
        self
    }

    /// Adds the network's summary, as it is printed.
    #[must_use]
    pub fn with_network(mut self, summary: impl std::fmt::Display) -> Self {
        self.network = Some(summary.to_string());
        self
    }

    /// Adds the configuration, a line for each field: usually the run's `config`.
    #[must_use]
    pub fn with_config<T: Serialize>(mut self, config: &T) -> Self {
        self.settings = setting_names(config).unwrap_or_default();
        self
    }

    /// The report as HTML.
    ///
    /// # Errors
    /// [`ReportError::Plot`] when a picture cannot be drawn.
    pub fn to_html(&self) -> Result<String, ReportError> {
        page::page(self)
    }

    /// Writes `report.html`, and beside it the curves and the confusion matrix as SVG and PNG, the samples as PNG.
    ///
    /// # Errors
    /// [`ReportError::Plot`] when a picture cannot be drawn, [`ReportError::File`] when a file cannot be written.
    pub fn save(&self, dir: &RunDir) -> Result<(), ReportError> {
        for chart in &self.charts {
            let name = format!("curves-{}", chart.name);
            save_svg(dir, &name, &drawn(&name, chart.svg())?)?;
        }
        if let Some(svg) = self.confusion.as_ref().and_then(confusion_svg) {
            save_svg(dir, "confusion-matrix", &svg)?;
        }
        for section in &self.samples {
            let name = section.title.to_lowercase();
            let png = drawn(&name, picture_grid(&section.title, &section.samples, 8))?;
            write_atomic(&dir.picture(&name), &png)?;
        }
        for section in &self.pictures {
            let path = dir.picture(&section.title.to_lowercase());
            let path = if parts::is_gif(&section.png) { path.with_extension("gif") } else { path };
            write_atomic(&path, &section.png)?;
        }
        self.write(&dir.report())
    }

    /// Writes the HTML alone.
    ///
    /// # Errors
    /// As [`Report::save`].
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        Ok(write_atomic(path, self.to_html()?.as_bytes())?)
    }
}

fn save_svg(dir: &RunDir, name: &str, svg: &str) -> Result<(), ReportError> {
    let png = drawn(name, svg_to_png(svg, 1120))?;
    let path = dir.picture(name);
    write_atomic(&path.with_extension("svg"), svg.as_bytes())?;
    Ok(write_atomic(&path, &png)?)
}

fn drawn<T>(name: &str, picture: Result<T, PlotError>) -> Result<T, ReportError> {
    picture.map_err(|source| ReportError::Plot { name: name.into(), source })
}

#[cfg(test)]
mod tests;

//! Batches from picture files: folders by class, and tables with a column of file names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use firebrick_data::readers::csv::{Table, Values};
use walkdir::WalkDir;

use super::{Flow, FlowOptions, Labels};
use crate::error::AugmentError;
use crate::generator::form::Form;
use crate::generator::{ClassMode, ImageDataGenerator, PictureSet};
use crate::picture::{Picture, Shape};
use crate::workspace::Workspace;

/// Files that are taken for pictures.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Picture files, read when they are asked for.
struct Files {
    paths: Vec<PathBuf>,
    form: Form,
}

impl PictureSet for Files {
    fn len(&self) -> usize {
        self.paths.len()
    }

    fn shape(&self) -> Shape {
        self.form.shape()
    }

    fn read(&self, index: usize, space: &mut Workspace) -> Result<Picture, AugmentError> {
        self.form.read(&self.paths[index], space)
    }
}

impl FlowOptions {
    fn files(&self, paths: Vec<PathBuf>) -> Arc<Files> {
        let Self { target_size: size, color_mode, interpolation: filter, keep_aspect_ratio, .. } = *self;
        Arc::new(Files { paths, form: Form { size, color_mode, filter, keep_aspect_ratio } })
    }
}

impl ImageDataGenerator {
    /// Batches of the picture files in the folders of a folder, each a class, as Keras's `flow_from_directory`. Files are read when
    /// their batch is made; the order of classes and files is that of their names.
    ///
    /// # Errors
    /// When a parameter breaks a rule, when the folder cannot be read or a class has no folder, or when no file is left. A file that is
    /// no picture is the error of its batch.
    pub fn flow_from_directory(&self, dir: impl AsRef<Path>, options: FlowOptions) -> Result<Flow, AugmentError> {
        let dir = dir.as_ref();
        let classes = options.classes.clone().map_or_else(|| folders(dir), Ok)?;
        let (mut paths, mut labels) = (Vec::new(), Vec::new());
        for (class, name) in (0..).zip(&classes) {
            let mut files = pictures(&dir.join(name), options.follow_links)?;
            if let Some(subset) = options.subset {
                let range = subset.range(self.validation_split, files.len());
                files = range.map_or(Vec::new(), |range| files[range].to_vec());
            }
            labels.resize(labels.len() + files.len(), class);
            paths.append(&mut files);
        }
        if let (true, Some(subset)) = (self.validation_split == 0.0, options.subset) {
            return Err(AugmentError::NoSplit { subset: subset.name() });
        }
        let labels = Labels::of_classes(options.class_mode.unwrap_or_default(), labels, classes.len())?;
        self.flow_of_files(dir, paths, (labels, None, classes), &options)
    }

    fn flow_of_files(
        &self,
        from: &Path,
        paths: Vec<PathBuf>,
        (labels, weights, classes): (Labels, Option<Vec<f32>>, Vec<String>),
        options: &FlowOptions,
    ) -> Result<Flow, AugmentError> {
        if paths.is_empty() {
            let message = format!("no picture files ({})", ENDINGS.join(", "));
            return Err(AugmentError::File { path: from.to_owned(), message });
        }
        let places = (0..paths.len()).collect();
        self.flowing((options.files(paths), places), (labels, weights), classes, options)
    }

    /// Batches of the picture files that a table names, as Keras's `flow_from_dataframe`.
    ///
    /// # Errors
    /// When a parameter breaks a rule, when the table has not the columns, when cells are of another kind than the class mode takes, or
    /// when no row is left.
    pub fn flow_from_dataframe(&self, table: &Table, options: FlowOptions) -> Result<Flow, AugmentError> {
        let mode = options.class_mode.unwrap_or_default();
        let names = texts(table, &options.x_col)?;
        let classes = match mode {
            ClassMode::Raw | ClassMode::MultiOutput | ClassMode::Input | ClassMode::None => Vec::new(),
            _ => options.classes.clone().map_or_else(|| values(table, &options.y_col), Ok)?,
        };
        let of_rows = if classes.is_empty() { None } else { Some(texts(table, first(&options.y_col)?)?) };
        let (mut rows, mut paths, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for (row, name) in names.iter().enumerate() {
            let Some(path) = name.as_ref().and_then(|name| path(name, &options)) else { continue };
            let class = of_rows.as_ref().map(|texts| texts[row].as_ref().and_then(|text| place(&classes, text)));
            match class {
                Some(None) => continue,
                Some(Some(class)) => labels.push(class),
                None => labels.push(0),
            }
            rows.push(row);
            paths.push(path);
        }
        let ignored = names.len() - rows.len();
        if let Some(subset) = options.subset {
            let range = subset.range(self.validation_split, rows.len())?;
            (rows, paths, labels) = (rows[range.clone()].into(), paths[range.clone()].into(), labels[range].into());
        }
        let weights = options.weight_col.as_ref().map(|name| numbers(table, name, &rows)).transpose()?;
        let labels = match mode {
            ClassMode::Raw | ClassMode::MultiOutput => Labels::of_numbers(mode, columns(table, &options, &rows)?),
            _ => Labels::of_classes(mode, labels, classes.len())?,
        };
        let from = options.directory.clone().unwrap_or_default();
        let flow = self.flow_of_files(&from, paths, (labels, weights, classes), &options)?;
        Ok(Flow { ignored, ..flow })
    }
}

/// The folders of a folder, by name.
fn folders(dir: &Path) -> Result<Vec<String>, AugmentError> {
    let failed = |error: std::io::Error| AugmentError::File { path: dir.to_owned(), message: error.to_string() };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The picture files in a folder and in those within, by folder, then by name.
fn pictures(dir: &Path, follow_links: bool) -> Result<Vec<PathBuf>, AugmentError> {
    let failed = |message: String| AugmentError::File { path: dir.to_owned(), message };
    let mut paths = Vec::new();
    for entry in WalkDir::new(dir).follow_links(follow_links) {
        let entry = entry.map_err(|error| failed(error.to_string()))?;
        if entry.path().is_file() && is_picture(entry.path()) {
            paths.push(entry.into_path());
        }
    }
    paths.sort_by(|a, b| (a.parent(), a.file_name()).cmp(&(b.parent(), b.file_name())));
    Ok(paths)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// The file of a row; none when names are validated and it is no picture.
fn path(name: &str, options: &FlowOptions) -> Option<PathBuf> {
    let path = options.directory.as_ref().map_or_else(|| PathBuf::from(name), |dir| dir.join(name));
    (!options.validate_filenames || (path.is_file() && is_picture(&path))).then_some(path)
}

fn place(classes: &[String], text: &str) -> Option<u32> {
    classes.iter().position(|class| class == text).map(|place| place as u32)
}

fn first(names: &[String]) -> Result<&str, AugmentError> {
    let missing = || AugmentError::Column { name: String::new(), known: "give y_col a name".into() };
    names.first().map(String::as_str).ok_or_else(missing)
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Values, AugmentError> {
    let known = || table.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let missing = || AugmentError::Column { name: name.into(), known: known() };
    table.column(name).map(|column| &column.values).ok_or_else(missing)
}

/// A column as texts, none where a cell is empty.
fn texts(table: &Table, name: &str) -> Result<Vec<Option<String>>, AugmentError> {
    Ok(match column(table, name)? {
        Values::Numbers(numbers) => {
            numbers.iter().map(|number| (!number.is_nan()).then(|| number.to_string())).collect()
        }
        Values::Categories { codes, names } => {
            codes.iter().map(|code| code.map(|code| names[code as usize].clone())).collect()
        }
    })
}

/// The different values of a column, by name.
fn values(table: &Table, y_col: &[String]) -> Result<Vec<String>, AugmentError> {
    let mut values: Vec<String> = texts(table, first(y_col)?)?.into_iter().flatten().collect();
    values.sort();
    values.dedup();
    Ok(values)
}

fn numbers(table: &Table, name: &str, rows: &[usize]) -> Result<Vec<f32>, AugmentError> {
    let rule = "a number is needed";
    let refuse = |row: usize, value: String| AugmentError::Cell { row: row + 1, column: name.into(), value, rule };
    match column(table, name)? {
        Values::Numbers(numbers) => rows
            .iter()
            .map(|&row| match numbers[row] {
                number if number.is_nan() => Err(refuse(row, String::new())),
                number => Ok(number as f32),
            })
            .collect(),
        Values::Categories { .. } => {
            let texts = texts(table, name)?;
            let wrong = |text: &Option<String>| text.as_ref().is_some_and(|text| text.parse::<f64>().is_err());
            let row = texts.iter().position(wrong).unwrap_or(0);
            Err(refuse(row, texts.get(row).cloned().flatten().unwrap_or_default()))
        }
    }
}

/// The numbers of the target columns, row by row.
fn columns(table: &Table, options: &FlowOptions, rows: &[usize]) -> Result<Vec<Vec<f32>>, AugmentError> {
    first(&options.y_col)?;
    let columns: Vec<Vec<f32>> =
        options.y_col.iter().map(|name| numbers(table, name, rows)).collect::<Result<_, _>>()?;
    Ok((0..rows.len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect())
}

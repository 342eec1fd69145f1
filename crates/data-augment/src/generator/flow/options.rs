//! What a flow's batches look like: the parameters of Keras's `flow`, `flow_from_directory` and `flow_from_dataframe`.

use std::path::PathBuf;

use super::{ClassMode, ColorMode, ResizeFilter, Subset};
use crate::check;
use crate::error::AugmentError;

/// Keras's parameters under Keras's names and with its defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowOptions {
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    pub(super) seed: u64,
    pub(super) workers: usize,
    pub(super) save_to_dir: Option<PathBuf>,
    pub(super) save_prefix: String,
    pub(super) save_format: String,
    pub(super) ignore_class_split: bool,
    pub(super) subset: Option<Subset>,
    pub(super) class_mode: Option<ClassMode>,
    pub(super) target_size: [usize; 2],
    pub(super) color_mode: ColorMode,
    pub(super) classes: Option<Vec<String>>,
    pub(super) follow_links: bool,
    pub(super) interpolation: ResizeFilter,
    pub(super) keep_aspect_ratio: bool,
    pub(super) directory: Option<PathBuf>,
    pub(super) x_col: String,
    pub(super) y_col: Vec<String>,
    pub(super) weight_col: Option<String>,
    pub(super) validate_filenames: bool,
}

impl Default for FlowOptions {
    fn default() -> Self {
        Self {
            batch_size: 32,
            shuffle: true,
            seed: 0,
            workers: 1,
            save_to_dir: None,
            save_prefix: String::new(),
            save_format: "png".into(),
            ignore_class_split: false,
            subset: None,
            class_mode: None,
            target_size: [256, 256],
            color_mode: ColorMode::Rgb,
            classes: None,
            follow_links: false,
            interpolation: ResizeFilter::Nearest,
            keep_aspect_ratio: false,
            directory: None,
            x_col: "filename".into(),
            y_col: vec!["class".into()],
            weight_col: None,
            validate_filenames: true,
        }
    }
}

/// Builder methods: each sets the parameter of its name.
macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $kind:ty => |$value:ident| $set:expr;)+) => {
        impl FlowOptions {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $value: $kind) -> Self {
                self.$name = $set;
                self
            })+
        }
    };
}

options! {
    /// Pictures in a batch; the last one may have fewer. Default 32.
    batch_size: usize => |size| size;
    /// Whether each epoch has an order of its own. Default true.
    shuffle: bool => |shuffle| shuffle;
    /// Of the order and of the transforms. Default 0.
    seed: u64 => |seed| seed;
    /// Threads that make batches; 0: the caller's. The batches do not depend on it. Default 1.
    workers: usize => |workers| workers;
    /// Stores every picture that is made here, stretched to the full range. Default none.
    save_to_dir: impl Into<PathBuf> => |dir| Some(dir.into());
    /// How the names of stored pictures begin. Default empty.
    save_prefix: impl Into<String> => |prefix| prefix.into();
    /// png, jpeg or bmp. Default png.
    save_format: impl Into<String> => |format| format.into();
    /// Allows parts with different classes. Default false.
    ignore_class_split: bool => |ignore| ignore;
    /// The part of the data, after `validation_split`. Default all.
    subset: Subset => |subset| Some(subset);
    /// What goes with the pictures. Default: class numbers for pictures in memory, rows with a 1 for folders and tables.
    class_mode: ClassMode => |mode| Some(mode);
    /// Height and width that files are brought to. Default 256 by 256.
    target_size: [usize; 2] => |size| size;
    /// The colours that files are brought to. Default rgb.
    color_mode: ColorMode => |mode| mode;
    /// The classes in their order; others are left out. Default: the folders, or the values of the column, by name.
    classes: Vec<String> => |classes| Some(classes);
    /// Whether links to folders are followed. Default false.
    follow_links: bool => |follow| follow;
    /// How files are brought to the size. Default nearest.
    interpolation: ResizeFilter => |filter| filter;
    /// Whether the middle of a file is taken in the shape of `target_size` first. Default false.
    keep_aspect_ratio: bool => |keep| keep;
    /// The folder that a table's file names are relative to. Default: they are paths.
    directory: impl Into<PathBuf> => |dir| Some(dir.into());
    /// A table's column of file names. Default `filename`.
    x_col: impl Into<String> => |name| name.into();
    /// A table's column of classes, or columns of numbers for `raw` and `multi_output`. Default `class`.
    y_col: Vec<String> => |names| names;
    /// A table's column of weights. Default none.
    weight_col: impl Into<String> => |name| Some(name.into());
    /// Whether rows are left out whose file is not there or no picture by its name. Default true.
    validate_filenames: bool => |validate| validate;
}

impl FlowOptions {
    /// Keras's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn check(&self) -> Result<(), AugmentError> {
        const NAME: &str = "flow";
        check::size(NAME, "batch_size", self.batch_size)?;
        check::size(NAME, "target_size", self.target_size[0])?;
        check::size(NAME, "target_size", self.target_size[1])?;
        if !["png", "jpeg", "jpg", "bmp"].contains(&self.save_format.as_str()) {
            let (setting, value) = ("save_format", self.save_format.clone());
            return Err(AugmentError::Setting { transform: NAME, setting, value, rule: "png, jpeg or bmp" });
        }
        Ok(())
    }
}

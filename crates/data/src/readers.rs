//! Readers of data files. Each checks sizes before it allocates, and each error names the file and the place in it.

pub mod cifar;
pub mod csv;
pub mod folder;
pub mod idx;
pub mod text;
pub mod tsv;

mod classes;
mod source;

pub(crate) use classes::compare_names;
#[cfg(feature = "download")]
pub(crate) use source::Source;

#[cfg(test)]
pub(crate) use {idx::tests::idx as idx_file, source::written};

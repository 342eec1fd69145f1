//! Weights in files, with parameter ids that are the same in every process.
//!
//! Burn gives each parameter a random id and stores it in records. Here the id is derived from the parameter's path in the module
//! (`layers.0.weight`), the first eight bytes of the path's SHA-256, so that equal weights make equal files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::prelude::*;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::{Bool, Float, Int};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::write_atomically;

/// Weights that cannot be written or read.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The file cannot be written.
    #[error("cannot write the weights {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },

    /// The file cannot be read, or holds no weights.
    #[error("cannot read the weights {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RecordError,
    },

    /// The file holds the weights of another model.
    #[error("the weights {} do not fit this model: {source}", path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// Which parameters are missing, left over or of another shape.
        source: RecordError,
    },

    /// The weights cannot be packed.
    #[error("cannot pack the weights for {}: {source}", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// Burn's reason.
        source: RecordError,
    },
}

/// Gives each parameter an id derived from its path in the module, so that records of the same weights are the same bytes in every
/// process. Lazy parameters are initialised in the order of the module's fields.
///
/// Call it where the module is created: an optimiser's state and its groups of ids belong to the ids that the module had when they
/// were made. (Running statistics such as batch normalisation's keep their random ids here; [`save_weights`] replaces those too.)
pub fn path_ids<M: Module>(model: M) -> M {
    model.map(&mut IdMapper::default())
}

/// Writes a model's weights into a burnpack file, atomically. Whatever ids the parameters have, the file's are derived from their
/// paths, so that the same weights always make the same bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn save_weights<M: Module>(model: &M, path: impl AsRef<Path>) -> Result<(), WeightsError> {
    let path = path.as_ref();
    let pack = |source| WeightsError::Pack { path: path.to_owned(), source };
    let bytes = Relabelled::by_path(synced(model)).into_record().into_bytes().map_err(pack)?;
    write_atomically(path, &bytes).map_err(|source| WeightsError::Write { path: path.to_owned(), source })
}

/// Gives a model the weights in a file that [`save_weights`] or Burn has written. The parameters take the ids in the file.
///
/// # Errors
/// When the file cannot be read, or when a parameter is missing, left over, or of another shape.
pub fn load_weights<M: Module>(model: M, path: impl AsRef<Path>) -> Result<M, WeightsError> {
    let path = path.as_ref();
    let record = ModuleRecord::load(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    model.try_load_record(record).map_err(|source| WeightsError::OtherModel { path: path.to_owned(), source })
}

/// The model with its running statistics up to date: their last update is otherwise pending until the next forward pass.
pub(crate) fn synced<M: Module>(model: &M) -> M {
    let _synced_as_a_side_effect = model.valid();
    model.clone()
}

/// The record of `model`'s weights under the ids that the same parameters have in `labelled`.
pub(crate) fn record_with_ids_of<M: Module>(labelled: &M, model: M) -> ModuleRecord {
    let mut ids = IdCollector::default();
    labelled.visit(&mut ids);
    Relabelled { model, ids: Some(Arc::new(ids.ids)) }.into_record()
}

fn id_of_path(path: &str) -> ParamId {
    let digest = Sha256::digest(path);
    let mut id = [0; 8];
    id.copy_from_slice(&digest[..8]);
    ParamId::from(u64::from_le_bytes(id))
}

#[derive(Default)]
struct IdCollector {
    path: Vec<String>,
    ids: BTreeMap<String, ParamId>,
}

macro_rules! collect_id {
    ($($method:ident $kind:ty),*) => {$(
        fn $method<const D: usize>(&mut self, param: &Param<Tensor<D, $kind>>) {
            self.ids.insert(self.path.join("."), param.id);
        }
    )*};
}

impl ModuleVisitor for IdCollector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    collect_id!(visit_float Float, visit_int Int, visit_bool Bool);
}

#[derive(Default)]
struct IdMapper {
    path: Vec<String>,
}

macro_rules! with_path_id {
    ($($method:ident $kind:ty),*) => {$(
        fn $method<const D: usize>(&mut self, param: Param<Tensor<D, $kind>>) -> Param<Tensor<D, $kind>> {
            let (_, value, mapper) = param.consume();
            Param::from_mapped_value(id_of_path(&self.path.join(".")), value, mapper)
        }
    )*};
}

impl ModuleMapper for IdMapper {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    with_path_id!(map_float Float, map_int Int, map_bool Bool);
}

/// A model whose visitors see other ids than its own: those given by path, else ids derived from the paths.
#[derive(Clone, Debug)]
struct Relabelled<M> {
    model: M,
    ids: Option<Arc<BTreeMap<String, ParamId>>>,
}

impl<M> Relabelled<M> {
    fn by_path(model: M) -> Self {
        Self { model, ids: None }
    }

    fn with_model(&self, model: M) -> Self {
        Self { model, ids: self.ids.clone() }
    }
}

impl<M: Module> Module for Relabelled<M> {
    fn collect_devices(&self, devices: Vec<Device>) -> Vec<Device> {
        self.model.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        Self { model: self.model.fork(device), ids: self.ids }
    }

    fn to_device(self, device: &Device) -> Self {
        Self { model: self.model.to_device(device), ids: self.ids }
    }

    fn train(self) -> Self {
        Self { model: self.model.train(), ids: self.ids }
    }

    fn valid(&self) -> Self {
        self.with_model(self.model.valid())
    }

    fn materialize(self) -> Self {
        Self { model: self.model.materialize(), ids: self.ids }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.model.visit(&mut IdVisitor { path: Vec::new(), ids: self.ids.as_deref(), visitor });
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        Self { model: self.model.map(mapper), ids: self.ids }
    }
}

struct IdVisitor<'a, V> {
    path: Vec<String>,
    ids: Option<&'a BTreeMap<String, ParamId>>,
    visitor: &'a mut V,
}

impl<V> IdVisitor<'_, V> {
    fn id(&self) -> ParamId {
        let path = self.path.join(".");
        self.ids.and_then(|ids| ids.get(&path).copied()).unwrap_or_else(|| id_of_path(&path))
    }
}

macro_rules! show_path_id {
    ($($method:ident $kind:ty),*) => {$(
        fn $method<const D: usize>(&mut self, param: &Param<Tensor<D, $kind>>) {
            let value = param.transform_for_save().val();
            self.visitor.$method(&Param::initialized(self.id(), value));
        }
    )*};
}

impl<V: ModuleVisitor> ModuleVisitor for IdVisitor<'_, V> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push(name.to_owned());
        self.visitor.enter_module(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.path.pop();
        self.visitor.exit_module(name, container);
    }

    show_path_id!(visit_float Float, visit_int Int, visit_bool Bool);
}

#[cfg(test)]
mod tests;

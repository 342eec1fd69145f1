//! Parameters that do not learn for a while.

use std::collections::BTreeSet;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::prelude::*;

/// The ids of the parameters whose paths are selected.
pub(super) fn selected<M: Module>(model: &M, is_selected: &dyn Fn(&str) -> bool) -> BTreeSet<ParamId> {
    let mut selection = Selection { path: Vec::new(), is_selected, ids: BTreeSet::new() };
    model.visit(&mut selection);
    selection.ids
}

/// The model with these parameters as constants: the backward pass ends at them. Running statistics are shared with `model`.
pub(super) fn frozen<M: Module>(model: M, ids: &BTreeSet<ParamId>) -> M {
    if ids.is_empty() { model } else { model.map(&mut Freezer(ids)) }
}

struct Selection<'a> {
    path: Vec<String>,
    is_selected: &'a dyn Fn(&str) -> bool,
    ids: BTreeSet<ParamId>,
}

impl ModuleVisitor for Selection<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if (self.is_selected)(&self.path.join(".")) {
            self.ids.insert(param.id);
        }
    }
}

struct Freezer<'a>(&'a BTreeSet<ParamId>);

impl ModuleMapper for Freezer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.0.contains(&param.id) { param.set_require_grad(false) } else { param }
    }
}

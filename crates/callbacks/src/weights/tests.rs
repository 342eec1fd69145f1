//! Weights in files: the same bytes in every process, and nothing but the model's own.

use std::fs;

use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};

use super::*;
use crate::testing::alone;

#[derive(Module, Debug)]
struct Net {
    layers: Vec<Linear>,
    norm: BatchNorm,
}

fn net(device: &Device, width: usize) -> Net {
    let layers = vec![LinearConfig::new(2, width).init(device), LinearConfig::new(width, 2).init(device)];
    Net { layers, norm: BatchNormConfig::new(width).init(device) }
}

/// A network whose weights are ones, under new random ids.
fn ones() -> Net {
    struct Ones;
    impl ModuleMapper for Ones {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.ones_like())
        }
    }
    net(&Device::flex(), 3).map(&mut Ones)
}

fn ids(model: &Net) -> BTreeMap<String, ParamId> {
    let mut ids = IdCollector::default();
    model.visit(&mut ids);
    ids.ids
}

fn first_weights(model: &Net) -> Vec<f32> {
    model.layers[0].weight.val().into_data().try_to_vec().unwrap()
}

#[test]
fn the_same_weights_make_the_same_bytes_whatever_their_ids() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (directory.path().join("one.bpk"), directory.path().join("other.bpk"));
    let (first, second) = (ones(), ones());
    assert_ne!(ids(&first), ids(&second));
    save_weights(&first, &one).unwrap();
    save_weights(&second, &other).unwrap();
    assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
}

#[test]
fn ids_come_from_paths_and_differ_from_one_another() {
    let _alone = alone();
    let first = ids(&path_ids(net(&Device::flex(), 3)));
    let second = ids(&path_ids(net(&Device::flex(), 3)));
    let layers: Vec<_> = first.iter().filter(|(path, _)| path.starts_with("layers.")).collect();
    assert_eq!(layers.len(), 4);
    assert!(layers.iter().all(|(path, id)| second[*path] == **id && **id == id_of_path(path)));
    let distinct: std::collections::BTreeSet<_> = first.values().collect();
    assert_eq!(distinct.len(), first.len());
}

#[test]
fn new_ids_leave_weights_and_trainability_alone() {
    let _alone = alone();
    let model = net(&Device::flex().autodiff(), 3);
    let before = first_weights(&model);
    let model = path_ids(model);
    assert_eq!(first_weights(&model), before);
    assert!(model.layers[0].weight.val().is_require_grad());
}

#[test]
fn weights_come_back_from_a_file() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/net.bpk");
    let model = net(&Device::flex(), 3);
    save_weights(&model, &path).unwrap();
    let loaded = load_weights(net(&Device::flex(), 3), &path).unwrap();
    assert_eq!(first_weights(&loaded), first_weights(&model));
    assert_eq!(ids(&loaded)["layers.0.weight"], id_of_path("layers.0.weight"));
}

#[test]
fn loaded_weights_can_keep_the_ids_of_the_model_in_training() {
    let _alone = alone();
    let (labelled, other) = (ones(), net(&Device::flex(), 3));
    let record = record_with_ids_of(&labelled, other.clone());
    let loaded = net(&Device::flex(), 3).load_record(record);
    assert_eq!(first_weights(&loaded), first_weights(&other));
    assert_eq!(loaded.layers[1].weight.id, labelled.layers[1].weight.id);
}

#[test]
fn another_models_weights_a_damaged_file_and_none_are_told_apart() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("net.bpk");
    save_weights(&net(&Device::flex(), 3), &path).unwrap();
    let error = load_weights(net(&Device::flex(), 4), &path).unwrap_err();
    assert!(
        matches!(error, WeightsError::OtherModel { .. }) && error.to_string().contains("layers.0.weight"),
        "{error}"
    );
    fs::write(&path, &fs::read(&path).unwrap()[..40]).unwrap();
    assert!(matches!(load_weights(ones(), &path), Err(WeightsError::Read { .. })));
    assert!(matches!(load_weights(ones(), directory.path().join("none.bpk")), Err(WeightsError::Read { .. })));
    assert!(matches!(save_weights(&ones(), path.join("below.bpk")), Err(WeightsError::Write { .. })));
}

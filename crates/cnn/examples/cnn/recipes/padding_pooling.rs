//! What padding and pooling do: networks that differ in nothing else, on the same pictures.
//!
//! Two convolutions with 16 and 32 filters, each followed by what makes the picture smaller, and one dense layer. The
//! settings' network is not used.

use firebrick_layers::{SequentialConfig, build::*, sequential};
use firebrick_run::{Recipe, Run, RunResult};

use super::compare::compare;
use super::{Settings, digits};
use crate::pictures::pictures;

pub(crate) fn recipe() -> Recipe<Settings> {
    Recipe { name: "padding-pooling", ..digits::recipe() }
}

pub(crate) fn train(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    let splits = pictures(&run.config)?;
    compare(run, &splits, &networks(splits.train.classes().len()))
}

fn networks(classes: usize) -> [(&'static str, SequentialConfig); 5] {
    [
        ("valid-max", valid(classes)),
        ("same-max", same(classes)),
        ("same-average", average(classes)),
        ("same-stride", strided(classes)),
        ("same-max-global", global(classes)),
    ]
}

/// No padding: each convolution takes two rows and two columns away.
fn valid(classes: usize) -> SequentialConfig {
    sequential![conv2d(16, 3).relu(), max_pool2d(2), conv2d(32, 3).relu(), flatten(), dense(classes),]
}

fn same(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(16, 3).same().relu(),
        max_pool2d(2),
        conv2d(32, 3).same().relu(),
        max_pool2d(2),
        flatten(),
        dense(classes),
    ]
}

fn average(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(16, 3).same().relu(),
        avg_pool2d(2),
        conv2d(32, 3).same().relu(),
        avg_pool2d(2),
        flatten(),
        dense(classes),
    ]
}

/// The convolutions go two cells at a time; nothing is pooled.
fn strided(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(16, 3).same().with_stride(2).relu(),
        conv2d(32, 3).same().with_stride(2).relu(),
        flatten(),
        dense(classes),
    ]
}

/// One number per filter in the end, so that pictures of any size fit.
fn global(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(16, 3).same().relu(),
        max_pool2d(2),
        conv2d(32, 3).same().relu(),
        global_avg_pool2d(),
        dense(classes),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_differ_in_weights_only_where_the_dense_layer_sees_more_or_less() {
        let parameters = networks(10).map(|(_, network)| network.summary(&[1, 8, 8]).unwrap().total_parameters());
        let (filters, classes) = (16 * 9 + 16 + 32 * 16 * 9 + 32, 10);
        let dense = [1, 2 * 2, 2 * 2, 2 * 2, 1].map(|places| places * 32 * classes + classes);
        assert_eq!(parameters, dense.map(|dense| filters + dense));
    }
}

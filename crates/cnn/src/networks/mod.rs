//! The networks: each a short list of layers, shapes inferred from the picture's.
//!
//! [`by_name`] finds them for a configuration file; `--model FILE.toml` takes a list of one's own.

mod digits_convnet;
mod keras_convnet;
mod lenet5;
mod mlp;
mod small_convnet;
mod small_resnet;
mod wide_mlp;

pub use digits_convnet::digits_convnet;
pub use keras_convnet::keras_convnet;
pub use lenet5::lenet5;
pub use mlp::mlp;
pub use small_convnet::small_convnet;
pub use small_resnet::small_resnet;
pub use wide_mlp::wide_mlp;

use firebrick_layers::SequentialConfig;

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 7] =
    ["digits-convnet", "keras-convnet", "lenet5", "mlp", "small-convnet", "small-resnet", "wide-mlp"];

/// The network of that name for `classes` classes; `None` for a name that is not in [`NAMES`].
///
/// ```
/// let network = firebrick_cnn::networks::by_name("lenet5", 10).expect("a known name");
/// assert_eq!(network.summary(&[1, 28, 28]).unwrap().total_parameters(), 61_706);
/// ```
pub fn by_name(name: &str, classes: usize) -> Option<SequentialConfig> {
    Some(match name {
        "digits-convnet" => digits_convnet(classes),
        "keras-convnet" => keras_convnet(classes),
        "lenet5" => lenet5(classes),
        "mlp" => mlp(classes),
        "small-convnet" => small_convnet(classes),
        "small-resnet" => small_resnet(classes),
        "wide-mlp" => wide_mlp(classes),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(config: &SequentialConfig, input: [usize; 3]) -> u64 {
        config.summary(&input).unwrap().total_parameters()
    }

    #[test]
    fn parameter_counts_are_those_that_keras_gives() {
        assert_eq!(parameters(&lenet5(10), [1, 28, 28]), 61_706);
        assert_eq!(parameters(&keras_convnet(10), [1, 28, 28]), 34_826);
        assert_eq!(parameters(&mlp(10), [1, 28, 28]), 101_770);
        assert_eq!(parameters(&small_convnet(10), [1, 28, 28]), 20_490);
        assert_eq!(parameters(&digits_convnet(10), [1, 28, 28]), 97_130);
        assert_eq!(parameters(&small_resnet(10), [1, 28, 28]), 78_426);
        assert_eq!(parameters(&wide_mlp(10), [1, 28, 28]), 669_706);
    }

    #[test]
    fn the_compared_convolutional_network_has_fewer_weights_than_the_perceptron() {
        for input in [[1, 8, 8], [1, 28, 28], [3, 32, 32]] {
            assert!(parameters(&small_convnet(10), input) < parameters(&mlp(10), input), "{input:?}");
        }
    }

    #[test]
    fn every_name_is_a_network_that_takes_small_grey_and_colour_pictures() {
        for name in NAMES {
            let network = by_name(name, 7).unwrap();
            for input in [[1, 16, 16], [3, 32, 32]] {
                let shapes = network.shapes(&input);
                assert!(shapes.is_ok(), "{name} on {input:?}: {shapes:?}");
            }
        }
        assert!(by_name("lenet-5", 10).is_none());
    }
}

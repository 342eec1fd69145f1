//! Class probabilities of pictures.

use burn::tensor::Device;
use burn::tensor::activation::softmax;

use super::task::ImageNetwork;
use super::{Pictures, Preprocessing};

/// Pictures that go through the network at once.
const BATCH: usize = 256;

/// The probabilities of each class, a row per picture, in the order of the pictures.
///
/// `network` is one in evaluation mode (`module.valid()`): dropout off, batch norm on its running
/// statistics.
pub fn predict_network<M: ImageNetwork>(
    network: &M,
    pictures: &(impl Pictures + ?Sized),
    preprocessing: &Preprocessing,
    device: &Device,
) -> Vec<Vec<f32>> {
    let mut rows = Vec::with_capacity(pictures.count());
    for start in (0..pictures.count()).step_by(BATCH) {
        let end = (start + BATCH).min(pictures.count());
        let batch = preprocessing.apply(pictures.tensor(start..end, device));
        let probabilities = softmax(network.logits(batch), 1);
        let [_, classes] = probabilities.dims();
        let values = probabilities.into_data().convert::<f32>().try_into_vec::<f32>();
        let values = values.expect("converted to f32 in the line before");
        rows.extend(values.chunks(classes).map(<[f32]>::to_vec));
    }
    rows
}

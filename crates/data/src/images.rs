//! Pictures with labels, held in memory as bytes and shared without copying.
//!
//! ```text
//! value = byte · scale        pixels [N, C, H, W], row-major; scale 1/255 unless the data says otherwise
//! ```

use std::ops::Deref;
use std::sync::Arc;

use burn::data::dataset::{Dataset, DatasetError};

use crate::error::DataError;

/// Pictures of one size with their labels. Cloning and [`Images::subset`] share the pixels.
///
/// ```
/// use firebrick_data::Images;
///
/// let classes = vec!["dark".to_string(), "light".to_string()];
/// let images = Images::new(vec![0, 10, 250, 255], [1, 1, 2], vec![0, 1], classes)?;
/// assert_eq!(images.picture(1), [250, 255]);
/// assert_eq!(images.class_counts(), [1, 1]);
/// # Ok::<(), firebrick_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Images {
    pixels: Arc<Vec<u8>>,
    shape: [usize; 3],
    /// Where each picture of this part lies in `pixels`.
    places: Arc<Vec<usize>>,
    labels: Arc<Vec<u32>>,
    classes: Arc<Vec<String>>,
    scale: f32,
    /// What each picture counts for; `None`: all the same.
    weights: Option<Arc<Vec<f32>>>,
}

/// One picture of [`Images`] with its label.
#[derive(Clone, Debug)]
pub struct ImageItem {
    /// Position in the [`Images`] that it comes from.
    pub index: usize,
    /// The bytes, row-major, `[C, H, W]`.
    pub pixels: Pixels,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// What one step of a byte is worth: value = byte · scale.
    pub scale: f32,
    /// The class, below the number of classes.
    pub label: u32,
    /// What the picture counts for, where the pictures have weights.
    pub weight: Option<f32>,
}

/// The bytes of one picture: a share in the data set's, or a picture's own.
#[derive(Clone, Debug)]
pub struct Pixels {
    shared: Arc<Vec<u8>>,
    start: usize,
    len: usize,
}

impl Deref for Pixels {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.shared[self.start..self.start + self.len]
    }
}

impl From<Vec<u8>> for Pixels {
    fn from(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        Self { shared: Arc::new(bytes), start: 0, len }
    }
}

impl Images {
    /// Pictures of shape `[C, H, W]` from their bytes, one label for each; the class names decide the number of classes.
    /// The value of a byte is byte / 255 unless [`Images::with_scale`] says otherwise.
    ///
    /// # Errors
    /// When a side is 0, when the bytes are not a whole number of pictures or not as many as labels, or when a label
    /// has no class.
    pub fn new(pixels: Vec<u8>, shape: [usize; 3], labels: Vec<u32>, classes: Vec<String>) -> Result<Self, DataError> {
        let size = shape.iter().try_fold(1usize, |size, &side| size.checked_mul(side));
        let size = size.filter(|&size| size > 0).ok_or(DataError::PictureShape { shape })?;
        if size.checked_mul(labels.len()) != Some(pixels.len()) {
            return Err(DataError::PixelCount { pixels: pixels.len(), shape, labels: labels.len() });
        }
        check_labels(&labels, classes.len())?;
        Ok(Self {
            pixels: Arc::new(pixels),
            shape,
            places: Arc::new((0..labels.len()).collect()),
            labels: Arc::new(labels),
            classes: Arc::new(classes),
            scale: 1.0 / 255.0,
            weights: None,
        })
    }

    /// The same pictures, where the value of a byte is byte · scale.
    #[must_use]
    pub fn with_scale(mut self, scale: f32) -> Self {
        self.scale = scale;
        self
    }

    /// The same pictures with a weight each: what it counts for in a loss, 1 as a rule, 0 for not at all. Training multiplies
    /// its loss by it, as Keras does with `sample_weight`.
    ///
    /// # Errors
    /// When there are not as many weights as pictures, when one is negative or not finite, or when all are 0.
    pub fn with_weights(mut self, weights: Vec<f32>) -> Result<Self, DataError> {
        check_weights(&weights, self.len())?;
        self.weights = Some(Arc::new(weights));
        Ok(self)
    }

    /// The same pictures with other labels of the same classes.
    ///
    /// # Errors
    /// When there are not as many labels as pictures, or when a label has no class.
    pub fn with_labels(mut self, labels: Vec<u32>) -> Result<Self, DataError> {
        if labels.len() != self.len() {
            let pixels = self.len() * self.picture_size();
            return Err(DataError::PixelCount { pixels, shape: self.shape, labels: labels.len() });
        }
        check_labels(&labels, self.classes.len())?;
        self.labels = Arc::new(labels);
        Ok(self)
    }

    /// How many pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The names of the classes; a label is a position in them.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The label of each picture.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// What one step of a byte is worth.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// What each picture counts for; none: all the same.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_ref().map(|weights| weights.as_slice())
    }

    /// The bytes of picture `i`, row-major, `[C, H, W]`.
    ///
    /// # Panics
    /// When there is no picture `i`.
    pub fn picture(&self, i: usize) -> &[u8] {
        let size = self.picture_size();
        let start = self.places[i] * size;
        &self.pixels[start..start + size]
    }

    /// The pictures at these positions, in this order; a position may occur twice. Shares the pixels.
    ///
    /// # Panics
    /// When a position is beyond the last picture.
    #[must_use]
    pub fn subset(&self, positions: &[usize]) -> Self {
        Self {
            places: Arc::new(positions.iter().map(|&i| self.places[i]).collect()),
            labels: Arc::new(positions.iter().map(|&i| self.labels[i]).collect()),
            weights: self.weights.as_ref().map(|weights| Arc::new(positions.iter().map(|&i| weights[i]).collect())),
            ..self.clone()
        }
    }

    /// The pictures of all parts, one part after the other; where one part has weights, the pictures of the others count 1.
    ///
    /// # Panics
    /// When there is no part, or when the parts' shapes, classes or scales differ.
    #[must_use]
    pub fn concatenated(parts: &[&Self]) -> Self {
        let first = parts.first().expect("at least one part");
        let mut all =
            Self { pixels: Arc::default(), places: Arc::default(), labels: Arc::default(), ..(*first).clone() };
        let (mut pixels, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let same = part.shape == first.shape && part.classes == first.classes && part.scale == first.scale;
            assert!(same, "parts of one data set have one shape, one scale and the same classes");
            (0..part.len()).for_each(|i| pixels.extend_from_slice(part.picture(i)));
            labels.extend_from_slice(&part.labels);
            weights.extend((0..part.len()).map(|i| part.weights().map_or(1.0, |weights| weights[i])));
        }
        all.weights = parts.iter().any(|part| part.weights.is_some()).then(|| Arc::new(weights));
        all.places = Arc::new((0..labels.len()).collect());
        (all.pixels, all.labels) = (Arc::new(pixels), Arc::new(labels));
        all
    }

    /// How many pictures each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &label in self.labels.iter() {
            counts[label as usize] += 1;
        }
        counts
    }

    /// Mean and standard deviation of each channel, of the values (byte · scale), over all pictures: what
    /// [`ImageCollate::normalised`](crate::ImageCollate::normalised) takes. Zeros when there is no picture.
    pub fn mean_and_deviation(&self) -> (Vec<f32>, Vec<f32>) {
        let [channels, height, width] = self.shape;
        let plane = height * width;
        let count = (self.len() * plane).max(1) as f64;
        let mut sums = vec![(0u64, 0u64); channels];
        for i in 0..self.len() {
            for (sum, values) in sums.iter_mut().zip(self.picture(i).chunks_exact(plane)) {
                sum.0 += values.iter().map(|&v| u64::from(v)).sum::<u64>();
                sum.1 += values.iter().map(|&v| u64::from(v) * u64::from(v)).sum::<u64>();
            }
        }
        let scale = f64::from(self.scale);
        sums.into_iter()
            .map(|(sum, squares)| {
                let mean = sum as f64 / count;
                let variance = (squares as f64 / count - mean * mean).max(0.0);
                ((mean * scale) as f32, (variance.sqrt() * scale) as f32)
            })
            .unzip()
    }

    /// The same pictures with labels of other classes, each below their number.
    #[cfg(feature = "readers")]
    pub(crate) fn with_classes(mut self, labels: Vec<u32>, classes: Vec<String>) -> Self {
        self.labels = Arc::new(labels);
        self.classes = Arc::new(classes);
        self
    }

    /// Picture `i` with its label, sharing the pixels.
    ///
    /// # Panics
    /// When there is no picture `i`.
    pub fn item(&self, i: usize) -> ImageItem {
        let len = self.picture_size();
        let pixels = Pixels { shared: self.pixels.clone(), start: self.places[i] * len, len };
        let weight = self.weights().map(|weights| weights[i]);
        ImageItem { index: i, pixels, shape: self.shape, scale: self.scale, label: self.labels[i], weight }
    }

    fn picture_size(&self) -> usize {
        self.shape.iter().product()
    }
}

fn check_labels(labels: &[u32], classes: usize) -> Result<(), DataError> {
    match labels.iter().position(|&label| label as usize >= classes) {
        Some(index) => Err(DataError::LabelOutOfRange { index, label: labels[index], classes }),
        None => Ok(()),
    }
}

/// Refuses weights that no loss can be multiplied by.
///
/// # Errors
/// When there are not as many weights as samples, when one is negative or not finite, or when all are 0.
pub fn check_weights(weights: &[f32], samples: usize) -> Result<(), DataError> {
    if weights.len() != samples {
        return Err(DataError::WeightCount { weights: weights.len(), samples });
    }
    if let Some(index) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(DataError::Weight { index, weight: weights[index] });
    }
    if samples > 0 && weights.iter().all(|&weight| weight == 0.0) {
        return Err(DataError::NoWeight { samples });
    }
    Ok(())
}

impl Dataset<ImageItem> for Images {
    fn get(&self, index: usize) -> Result<ImageItem, DatasetError> {
        Ok(self.item(index))
    }

    fn len(&self) -> usize {
        self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    #[test]
    fn a_subset_shows_the_same_bytes_in_its_own_order() {
        let images = Images::new((0..24).collect(), [1, 2, 3], vec![0, 1, 2, 1], names(3)).unwrap().with_scale(0.5);
        let part = images.subset(&[3, 0]).subset(&[0, 1, 0]);
        assert_eq!(part.len(), 3);
        assert_eq!(part.labels(), [1, 0, 1]);
        assert_eq!(part.picture(0), images.picture(3));
        assert_eq!(part.picture(1), [0, 1, 2, 3, 4, 5]);
        assert_eq!(part.class_counts(), [1, 2, 0]);
        let item = Dataset::get(&part, 2).unwrap();
        assert_eq!((item.index, item.label, item.scale, &*item.pixels), (2, 1, 0.5, images.picture(3)));
    }

    #[test]
    fn parts_put_together_again_hold_every_picture() {
        let images = Images::new((0..24).collect(), [1, 2, 3], vec![0, 1, 2, 1], names(3)).unwrap().with_scale(0.5);
        let whole = Images::concatenated(&[&images.subset(&[2, 0]), &images.subset(&[1])]);
        assert_eq!(whole.labels(), [2, 0, 1]);
        assert_eq!((whole.picture(0), whole.picture(2)), (images.picture(2), images.picture(1)));
        assert_eq!((whole.scale(), whole.classes()), (0.5, images.classes()));
    }

    #[test]
    fn weights_follow_their_pictures() {
        let images = Images::new((0..24).collect(), [1, 2, 3], vec![0, 1, 2, 1], names(3)).unwrap();
        let weighted = images.clone().with_weights(vec![0.5, 1.5, 0.0, 2.0]).unwrap();
        let part = weighted.subset(&[3, 1]);
        assert_eq!((images.weights(), part.weights()), (None, Some(&[2.0, 1.5][..])));
        assert_eq!((images.item(1).weight, part.item(1).weight), (None, Some(1.5)));
        let whole = Images::concatenated(&[&part, &images.subset(&[0])]);
        assert_eq!(whole.weights(), Some(&[2.0, 1.5, 1.0][..]));
    }

    #[test]
    fn weights_that_no_loss_can_take_are_refused() {
        let images = Images::new(vec![0; 3], [1, 1, 1], vec![0, 1, 1], names(2)).unwrap();
        let message = |weights: Vec<f32>| images.clone().with_weights(weights).unwrap_err().to_string();
        assert!(message(vec![1.0, 1.0]).contains("2 weights for 3 samples"));
        for bad in [-1.0, f32::NAN, f32::INFINITY] {
            assert!(message(vec![1.0, bad, 1.0]).contains(&format!("sample 1 has weight {bad}")), "{bad}");
        }
        assert!(message(vec![0.0; 3]).contains("all 3 samples have weight 0"));
    }

    #[test]
    fn mean_and_deviation_are_those_of_the_values() {
        let images = Images::new(vec![0, 4, 10, 10, 2, 2, 10, 10], [2, 1, 2], vec![0, 0], names(1)).unwrap();
        let (mean, deviation) = images.with_scale(0.5).mean_and_deviation();
        assert_eq!(mean, [1.0, 5.0]);
        assert!((deviation[0] - 0.5f32.sqrt()).abs() < 1e-6 && deviation[1] == 0.0, "{deviation:?}");
    }

    #[test]
    fn impossible_pictures_are_named() {
        let message = |pixels, shape, labels| Images::new(pixels, shape, labels, names(2)).unwrap_err().to_string();
        assert!(message(vec![], [1, 0, 2], vec![]).contains("[1, 0, 2]"));
        assert!(message(vec![], [usize::MAX, 2, 2], vec![]).contains("no picture can have"));
        assert!(message(vec![0; 5], [1, 1, 2], vec![0, 1]).contains("5 bytes"));
        assert!(message(vec![0; 4], [1, 1, 2], vec![0, 2]).contains("label 2"));
        let images = Images::new(vec![1, 2], [1, 1, 1], vec![0, 1], names(2)).unwrap();
        assert_eq!(images.clone().with_labels(vec![1, 1]).unwrap().labels(), [1, 1]);
        assert!(images.clone().with_labels(vec![0, 2]).unwrap_err().to_string().contains("label 2"));
        assert!(images.with_labels(vec![0]).unwrap_err().to_string().contains("not 1 pictures"));
    }
}

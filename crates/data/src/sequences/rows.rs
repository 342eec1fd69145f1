//! Pictures read row by row.

use super::{Sequences, Targets};
use crate::images::Images;

impl Sequences {
    /// The rows of pictures as the steps of sequences, top to bottom: H steps of C · W features, the channels of a row one after
    /// the other; values are byte · scale. The classes are those of the pictures. Digits of 8 x 8 are 8 steps of 8 features,
    /// MNIST 28 of 28.
    ///
    /// ```
    /// use firebrick_data::{Images, Sequences};
    ///
    /// let images = Images::new((0..6).collect(), [1, 3, 2], vec![0], vec!["it".into()])?.with_scale(1.0);
    /// let rows = Sequences::of_rows(&images);
    /// assert_eq!((rows.lengths(), rows.features()), (vec![3], Some(2)));
    /// assert_eq!(rows.values(0), Some(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0][..]));
    /// # Ok::<(), firebrick_data::DataError>(())
    /// ```
    #[must_use]
    pub fn of_rows(images: &Images) -> Self {
        let [channels, height, width] = images.shape();
        let rows: Vec<Vec<f32>> = (0..images.len())
            .map(|i| {
                let bytes = images.picture(i);
                let row = |y: usize, c: usize| &bytes[(c * height + y) * width..][..width];
                let bytes = (0..height).flat_map(|y| (0..channels).flat_map(move |c| row(y, c)));
                bytes.map(|&byte| f32::from(byte) * images.scale()).collect()
            })
            .collect();
        let targets = Targets::classes(images.labels().to_vec(), images.classes().to_vec());
        Self::of_values(&rows, channels * width, targets).expect("pictures have rows, and labels of their classes")
    }
}

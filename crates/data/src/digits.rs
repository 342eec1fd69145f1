//! The embedded data: handwritten digits that every recipe can learn from without a download.
//!
//! 1,797 pictures of 8 x 8 pixels, 17 levels of grey, 10 classes: the test part of "Optical Recognition of Handwritten
//! Digits" by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, <https://doi.org/10.24432/C50P49>,
//! CC BY 4.0. The same pictures in the same order as scikit-learn's `load_digits`.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::images::Images;
use crate::split::{Fractions, Splits, stratified};

static PACKED: &[u8] = include_bytes!("../assets/digits.bin.gz");

const PICTURES: usize = 1797;
const PIXELS: usize = 64;

/// All 1,797 digits: `[1, 8, 8]`, values 0 to 1 in steps of 1/16, classes "0" to "9".
///
/// ```
/// let digits = firebrick_data::digits::digits();
/// assert_eq!((digits.len(), digits.shape()), (1797, [1, 8, 8]));
/// ```
pub fn digits() -> Images {
    let mut bytes = Vec::with_capacity(PICTURES * (PIXELS + 1));
    GzDecoder::new(PACKED).read_to_end(&mut bytes).expect("the embedded digits are whole");
    let records = bytes.chunks_exact(PIXELS + 1);
    let labels = records.clone().map(|record| u32::from(record[PIXELS])).collect();
    let pixels = records.flat_map(|record| &record[..PIXELS]).copied().collect();
    let classes = (0..10).map(|digit| digit.to_string()).collect();
    let images = Images::new(pixels, [1, 8, 8], labels, classes).expect("the embedded digits are pictures with labels");
    images.with_scale(1.0 / 16.0)
}

/// The fixed split: 1,257 digits for training, 180 for validation, 360 for test; stratified, drawn once from seed 0.
/// It is the same for every seed of a training, so that results compare.
pub fn splits() -> Splits<Images> {
    let digits = digits();
    let fraction = |count: f64| count / PICTURES as f64;
    let fractions = Fractions { valid: fraction(180.0), test: fraction(360.0) };
    let positions = stratified(digits.labels(), fractions, 0).expect("1,797 digits fill three parts");
    positions.map(|positions| digits.subset(&positions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_the_published_ones() {
        let digits = digits();
        assert_eq!(digits.class_counts(), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert_eq!(digits.picture(0)[..16], [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
        assert_eq!(digits.labels()[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
        let sum: u32 = (0..digits.len()).flat_map(|i| digits.picture(i)).map(|&v| u32::from(v)).sum();
        assert_eq!(sum, 561_718);
        assert_eq!(digits.scale(), 1.0 / 16.0);
    }

    #[test]
    fn the_split_is_fixed_and_stratified() {
        let splits = splits();
        assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [1257, 180, 360]);
        assert!(splits.test.class_counts().iter().all(|&count| (35..=37).contains(&count)));
        assert!(splits.valid.class_counts().iter().all(|&count| (17..=19).contains(&count)));
        // A weighted sum of the labels of the test part in their order: any other split gives another one.
        let weighted = splits.test.labels().iter().zip(1u64..).map(|(&label, i)| u64::from(label) * i).sum::<u64>();
        assert_eq!(weighted, 287_738);
    }
}

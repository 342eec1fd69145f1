//! IDX, the format of MNIST and Fashion-MNIST (LeCun, Cortes & Burges, <http://yann.lecun.com/exdb/mnist/>), plain or
//! gzip.
//!
//! ```text
//! pictures  0x00000803, count, height, width (32 bits each, big-endian), then count · height · width bytes
//! labels    0x00000801, count, then count bytes
//! ```

use std::path::Path;

use super::source::Source;
use crate::error::DataError;
use crate::images::Images;

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// Reads grey pictures `[1, H, W]` and their labels. Without class names, the classes are "0" to the largest label.
///
/// # Errors
/// When a file cannot be read, is no IDX file of its kind, is longer or shorter than its header says, when the two
/// hold different numbers of samples or none, or when a label has no class.
pub fn read(images: &Path, labels: &Path, classes: Option<&[&str]>) -> Result<Images, DataError> {
    let mut image_file = Source::open(images)?;
    let mut label_file = Source::open(labels)?;
    magic(&mut image_file, "pictures", IMAGES)?;
    magic(&mut label_file, "labels", LABELS)?;
    let [count, height, width] = [word(&mut image_file)?, word(&mut image_file)?, word(&mut image_file)?];
    let label_count = word(&mut label_file)?;
    if count != label_count {
        return Err(DataError::IdxPair {
            images_path: images.to_path_buf(),
            images: count as usize,
            labels_path: labels.to_path_buf(),
            labels: label_count as usize,
        });
    }
    if count == 0 {
        return Err(DataError::Empty { path: images.to_path_buf() });
    }
    if height == 0 || width == 0 {
        return Err(DataError::IdxSides { path: images.to_path_buf(), byte: 8, height, width });
    }
    let (labels, classes) = read_labels(&mut label_file, count, classes)?;
    let bytes = u128::from(count) * u128::from(height) * u128::from(width);
    let pixels = image_file.section(bytes, &format!("its header ({count} pictures of {height} x {width})"))?;
    image_file.expect_end()?;
    Images::new(pixels, [1, height as usize, width as usize], labels, classes)
}

fn read_labels(file: &mut Source, count: u32, classes: Option<&[&str]>) -> Result<(Vec<u32>, Vec<String>), DataError> {
    let start = file.position();
    let bytes = file.section(u128::from(count), &format!("its header ({count} labels)"))?;
    file.expect_end()?;
    let classes: Vec<String> = match classes {
        Some(names) => names.iter().map(ToString::to_string).collect(),
        None => (0..=bytes.iter().copied().max().unwrap_or(0)).map(|label| label.to_string()).collect(),
    };
    if let Some(at) = bytes.iter().position(|&label| usize::from(label) >= classes.len()) {
        return Err(DataError::Label {
            path: file.path().to_path_buf(),
            byte: start + at as u64,
            label: bytes[at].into(),
            classes: classes.len(),
        });
    }
    Ok((bytes.into_iter().map(u32::from).collect(), classes))
}

fn magic(file: &mut Source, what: &'static str, expected: u32) -> Result<(), DataError> {
    let found = word(file)?;
    if found == expected {
        return Ok(());
    }
    let advice = match found {
        IMAGES => "this one holds pictures",
        LABELS => "this one holds labels",
        _ if found >> 16 == 0 => "only bytes (type 0x08) in 1 or 3 dimensions are read",
        _ => "is it another kind of file?",
    };
    Err(DataError::IdxMagic { path: file.path().to_path_buf(), what, found, expected, advice })
}

fn word(file: &mut Source) -> Result<u32, DataError> {
    file.array("the header").map(u32::from_be_bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::source::written::file;
    use super::*;

    /// An IDX file: magic, dimensions, bytes.
    pub(crate) fn idx(magic: u32, dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
        let words = std::iter::once(&magic).chain(dimensions).flat_map(|word| word.to_be_bytes());
        words.chain(bytes.iter().copied()).collect()
    }

    fn outcome(images: &[u8], labels: &[u8]) -> Result<Images, DataError> {
        let dir = tempfile::tempdir().unwrap();
        read(&file(&dir, "images", images), &file(&dir, "labels", labels), Some(&["a", "b"]))
    }

    fn message(images: &[u8], labels: &[u8]) -> String {
        outcome(images, labels).unwrap_err().to_string()
    }

    #[test]
    fn pictures_and_labels_are_read_plain_and_gzip() {
        let dir = tempfile::tempdir().unwrap();
        let images = idx(IMAGES, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let labels = idx(LABELS, &[2], &[7, 0]);
        for end in ["", ".gz"] {
            let paths =
                [("images", &images), ("labels", &labels)].map(|(name, b)| file(&dir, &format!("{name}{end}"), b));
            let read = read(&paths[0], &paths[1], None).unwrap();
            assert_eq!((read.len(), read.shape(), read.classes().len()), (2, [1, 1, 3], 8));
            assert_eq!((read.picture(1), read.labels()), (&[4u8, 5, 6][..], &[7u32, 0][..]));
        }
    }

    #[test]
    fn each_rule_has_its_message() {
        let images = idx(IMAGES, &[2, 1, 2], &[1, 2, 3, 4]);
        let labels = idx(LABELS, &[2], &[0, 1]);
        assert!(outcome(&images, &labels).is_ok());
        let cases: [(&[u8], &[u8], &str); 12] = [
            (&labels, &labels, "this one holds labels"),
            (&images, &images, "this one holds pictures"),
            (&idx(0x0D03, &[2, 1, 2], &[0; 4]), &labels, "only bytes (type 0x08)"),
            (b"<html>no", &labels, "begins with 0x3c68746d"),
            (b"", &labels, "ends at byte 0, but the header needs 4"),
            (&images[..9], &labels, "ends at byte 9, but the header needs 12"),
            (&images[..19], &labels, "ends at byte 19, but its header (2 pictures of 1 x 2) needs 20"),
            (
                &idx(IMAGES, &[2, u32::MAX, u32::MAX], &[]),
                &labels,
                "its header (2 pictures of 4294967295 x 4294967295)",
            ),
            (&idx(IMAGES, &[2, 1, 2], &[0; 5]), &labels, "goes on after byte 20"),
            (&idx(IMAGES, &[3, 1, 2], &[0; 6]), &labels, "holds 3 pictures"),
            (&idx(IMAGES, &[2, 0, 2], &[]), &labels, "0 x 2"),
            (&images, &idx(LABELS, &[2], &[0, 2]), "label 2 at byte 9, but there are 2 classes"),
        ];
        for (images, labels, expected) in cases {
            let message = message(images, labels);
            assert!(message.contains(expected), "{message:?} should say {expected:?}");
        }
        assert!(message(&idx(IMAGES, &[0, 1, 2], &[]), &idx(LABELS, &[0], &[])).contains("holds no sample"));
    }
}

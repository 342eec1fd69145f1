//! Tables of pictures: one picture for each row, pixel columns in row-major order and a column `label`.

use std::path::Path;

use super::super::classes::Classes;
use super::Rows;
use crate::error::DataError;
use crate::images::Images;

/// The largest values that pixels commonly have: black and white, 4 bits, counts of 4 x 4 blocks, 8 bits.
const LARGEST: [u8; 4] = [1, 15, 16, 255];

/// Reads pictures from a table whose columns are the pixels (whole numbers from 0 to 255) and `label`, in any place.
///
/// As many pixel columns as a square has pixels make a grey picture `[1, S, S]`, three times as many a colour picture
/// `[3, S, S]`. The value of a pixel is divided by the largest that its kind of picture has: 1, 15, 16 or 255, the
/// first that no pixel of the file is above.
///
/// # Errors
/// When the file is no table (see [`read`](super::read)), has no column `label`, has columns that make no square
/// picture, or a cell that is no pixel value.
pub fn read_pictures(path: &Path) -> Result<Images, DataError> {
    let mut rows = Rows::open(path)?;
    let is_label = |name: &String| name.eq_ignore_ascii_case("label");
    let label = rows.names.iter().position(is_label).ok_or_else(|| rows.wrong_header("label", "is missing"))?;
    let shape = square(rows.names.len() - 1).ok_or_else(|| {
        let advice = "square picture: S x S columns make a grey one, 3 x S x S a colour one";
        DataError::PictureColumns { path: path.to_path_buf(), columns: rows.names.len() - 1, advice }
    })?;
    let (mut pixels, mut classes) = (Vec::new(), Classes::default());
    while rows.advance()? {
        let name = rows.cell(label)?;
        if name.is_empty() {
            return Err(rows.wrong_cell(label, "a label"));
        }
        classes.push(name, path, rows.row)?;
        for column in (0..rows.names.len()).filter(|&column| column != label) {
            let value = rows.cell(column)?.parse();
            pixels.push(value.map_err(|_| rows.wrong_cell(column, "a whole number from 0 to 255"))?);
        }
    }
    let (labels, classes) = classes.finish();
    if labels.is_empty() {
        return Err(DataError::Empty { path: path.to_path_buf() });
    }
    let most = pixels.iter().copied().max().unwrap_or(0);
    let largest = LARGEST.into_iter().find(|&largest| most <= largest).unwrap_or(u8::MAX);
    Ok(Images::new(pixels, shape, labels, classes)?.with_scale(1.0 / f32::from(largest)))
}

fn square(columns: usize) -> Option<[usize; 3]> {
    [1, 3].into_iter().find_map(|channels| {
        let side = (columns / channels).isqrt();
        (side > 0 && channels * side * side == columns).then_some([channels, side, side])
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::source::written::file;
    use super::*;

    fn parse(text: &str) -> Result<Images, DataError> {
        let dir = tempfile::tempdir().unwrap();
        read_pictures(&file(&dir, "it.csv.gz", text.as_bytes()))
    }

    #[test]
    fn pixels_and_label_are_read_wherever_the_label_stands() {
        for text in ["p0,p1,p2,p3,label\n0,1,2,16,b\n5,6,7,8,a\n", "Label,p0,p1,p2,p3\nb,0,1,2,16\na,5,6,7,8\n"] {
            let images = parse(text).unwrap();
            assert_eq!((images.shape(), images.scale()), ([1, 2, 2], 1.0 / 16.0));
            assert_eq!((images.picture(0), images.labels()), (&[0u8, 1, 2, 16][..], &[1u32, 0][..]));
            assert_eq!(images.classes(), ["a", "b"]);
        }
        assert_eq!(parse("label,r,g,b\n3,1,2,200\n").unwrap().shape(), [3, 1, 1]);
    }

    #[test]
    fn each_rule_has_its_message() {
        let message = |text| parse(text).unwrap_err().to_string();
        assert!(message("p0,p1,label\n1,2,0\n").contains("2 pixel columns make no square picture"));
        assert!(message("label\n1\n").contains("0 pixel columns"));
        assert!(message("p0,class\n1,0\n").contains("column \"label\" is missing; the columns are p0, class"));
        assert!(message("p0,label\n256,0\n").contains("row 2, column \"p0\": \"256\" is not a whole number"));
        assert!(message("p0,label\n1,\n").contains("row 2, column \"label\": \"\" is not a label"));
        assert!(message("p0,label\n").contains("holds no sample"));
    }
}

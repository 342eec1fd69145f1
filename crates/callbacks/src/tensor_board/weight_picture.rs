//! Parameters as pictures in grey, and PNG as far as they need it.
//!
//! ```text
//! [n]           1 by n pixels
//! [r, c]        r by c pixels
//! [o, i, k]     tiles of 1 by k pixels, o rows and i columns of them with a dark pixel in between
//! [o, i, h, w]  tiles of h by w pixels, likewise
//! ```
//!
//! The least value is black, the greatest white; what is not finite is black, and equal values are all the same grey.

use super::checksum::crc32;
use crate::NamedParameter;

/// Pixels of a side.
const LARGEST: usize = 2048;

/// Bytes of a stored block of DEFLATE, at the most.
const BLOCK: usize = 65_535;

/// A picture of 8 bits a pixel, row by row.
#[derive(Debug, PartialEq)]
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A PNG file of the parameter; none if its shape is no picture's, or too large a one's.
pub(super) fn png_of(parameter: &NamedParameter) -> Option<Vec<u8>> {
    Grey::of(parameter).map(|picture| picture.png())
}

impl Grey {
    fn of(parameter: &NamedParameter) -> Option<Self> {
        let shades = shades(&parameter.values);
        match parameter.shape[..] {
            [columns] => Self::tiled([1, 1, 1, columns], &shades),
            [rows, columns] => Self::tiled([1, 1, rows, columns], &shades),
            [rows, columns, width] => Self::tiled([rows, columns, 1, width], &shades),
            [rows, columns, height, width] => Self::tiled([rows, columns, height, width], &shades),
            _ => None,
        }
    }

    fn tiled(tiles: [usize; 4], shades: &[u8]) -> Option<Self> {
        let [rows, columns, height, width] = tiles;
        if tiles.contains(&0) {
            return None;
        }
        // A pixel after each tile but the last.
        let side = |tiles: usize, pixels: usize| tiles.checked_mul(pixels + 1)?.checked_sub(1);
        let is_allowed = |side: &usize| *side <= LARGEST;
        let all_height = side(rows, height).filter(is_allowed)?;
        let all_width = side(columns, width).filter(is_allowed)?;
        let mut pixels = vec![0; all_height * all_width];
        for (index, line) in shades.chunks_exact(width).enumerate() {
            let (tile, y) = (index / height, index % height);
            let (row, column) = (tile / columns, tile % columns);
            let begin = (row * (height + 1) + y) * all_width + column * (width + 1);
            pixels[begin..begin + width].copy_from_slice(line);
        }
        Some(Self { width: all_width, height: all_height, pixels })
    }

    /// Without compression: the picture is small, and there is nothing to link.
    fn png(&self) -> Vec<u8> {
        let size = [self.width as u32, self.height as u32].map(u32::to_be_bytes).concat();
        // Eight bits, grey, and the one method each for compression, filters and order.
        let header = [&size[..], &[8, 0, 0, 0, 0]].concat();
        let unfiltered = self.pixels.chunks_exact(self.width).flat_map(|row| [&[0], row].concat());
        let data = stored(&unfiltered.collect::<Vec<u8>>());
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &data), chunk(b"IEND", b"")].concat()
    }
}

/// Values from black to white.
fn shades(values: &[f32]) -> Vec<u8> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (min, max) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
    let (min, range) = (f64::from(min), f64::from(max) - f64::from(min));
    let shade = |value: &f32| match value {
        value if !value.is_finite() => 0,
        _ if range == 0.0 => 128,
        value => ((f64::from(*value) - min) / range * 255.0).round() as u8,
    };
    values.iter().map(shade).collect()
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn adler32(bytes: &[u8]) -> u32 {
    let step = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    };
    let (a, b) = bytes.iter().fold((1, 0), step);
    b << 16 | a
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_be_bytes();
    let named = [&kind[..], data].concat();
    [&length[..], &named, &crc32(&named).to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(shape: &[usize], values: &[f32]) -> Option<Grey> {
        Grey::of(&NamedParameter { path: "weight".into(), shape: shape.to_vec(), values: values.to_vec() })
    }

    #[test]
    fn vectors_and_matrices_are_drawn_value_by_value() {
        let matrix = grey(&[2, 3], &[-1.0, 0.0, 1.0, 0.5, -0.5, f32::NAN]).unwrap();
        assert_eq!((matrix.width, matrix.height), (3, 2));
        assert_eq!(matrix.pixels, [0, 128, 255, 191, 64, 0]);
        let vector = grey(&[2], &[0.25, 0.25]).unwrap();
        assert_eq!(vector, Grey { width: 2, height: 1, pixels: vec![128, 128] });
    }

    #[test]
    fn kernels_are_tiles_with_a_row_per_output_channel() {
        let values: Vec<f32> = (0..16).map(|value| value as f32 * 17.0).collect();
        let kernels = grey(&[2, 2, 2, 2], &values).unwrap();
        let expected = [
            [0, 17, 0, 68, 85],
            [34, 51, 0, 102, 119],
            [0, 0, 0, 0, 0],
            [136, 153, 0, 204, 221],
            [170, 187, 0, 238, 255],
        ];
        assert_eq!((kernels.width, kernels.height, kernels.pixels), (5, 5, expected.concat()));
        assert_eq!(grey(&[2, 1, 2], &[0.0, 1.0, 1.0, 0.0]).unwrap().pixels, [0, 255, 0, 0, 255, 0]);
    }

    #[test]
    fn what_is_no_picture_is_left_out() {
        let shapes: [&[usize]; 9] = [
            &[],
            &[0],
            &[0, 3],
            &[3, 0],
            &[3, 3, 0, 5],
            &[2, 3, 0],
            &[1, 1, 1, 1, 1],
            &[LARGEST + 1],
            &[usize::MAX, 0],
        ];
        for shape in shapes {
            let values = vec![0.0; shape.iter().product()];
            assert_eq!(grey(shape, &values), None, "{shape:?}");
        }
        assert!(grey(&[LARGEST, LARGEST], &vec![0.0; LARGEST * LARGEST]).is_some());
    }

    #[test]
    fn a_picture_is_a_png_file_to_the_last_byte() {
        let png = Grey { width: 2, height: 1, pixels: vec![0, 255] }.png();
        // Made with Python's zlib, whose checksums are its own.
        let expected =
            b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x00\x00\x00\x00\xd1I V\
            \x00\x00\x00\x0eIDATx\x01\x01\x03\x00\xfc\xff\x00\x00\xff\x01\x02\x01\x00\xb7\x01.\xf7\
            \x00\x00\x00\x00IEND\xaeB`\x82";
        assert_eq!(png, expected);
    }

    #[test]
    fn a_long_stream_has_several_blocks_of_which_the_last_says_so() {
        let stream = stored(&vec![7; BLOCK + 1]);
        assert_eq!(stream[2..7], [0, 0xFF, 0xFF, 0, 0]);
        let second = 2 + 5 + BLOCK;
        assert_eq!(stream[second..second + 6], [1, 1, 0, 0xFE, 0xFF, 7]);
        assert_eq!(stream.len(), second + 6 + 4);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }
}

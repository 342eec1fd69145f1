//! Pictures in rows, as PNG, and how they change, as an animated GIF.

use std::path::Path;

use anyhow::Context;
use burn::tensor::Tensor;
use firebrick_gan::training::to_bytes;
use firebrick_run::files::write_atomic;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, ImageFormat, Rgb, RgbImage};

/// Pixels between the pictures of a grid.
const GAP: usize = 2;
/// The side that small pictures are enlarged to, at least; whole pixels.
const SIDE: usize = 48;
/// Frames of an animation at most.
const FRAMES: usize = 120;

/// Pictures `[N, C, H, W]` of values −1 to 1 in rows of `columns`. Small ones are enlarged pixel by pixel.
pub(crate) fn grid(pictures: &Tensor<4>, columns: usize) -> RgbImage {
    let [count, channels, height, width] = pictures.dims();
    let bytes = to_bytes(pictures.clone());
    let scale = (SIDE / height.max(width)).max(1);
    let columns = columns.clamp(1, count.max(1));
    let (cell, rows) = ([height * scale + GAP, width * scale + GAP], count.div_ceil(columns));
    let size = [rows * cell[0] + GAP, columns * cell[1] + GAP];
    RgbImage::from_fn(size[1] as u32, size[0] as u32, |x, y| {
        let (x, y) = ((x as usize).wrapping_sub(GAP), (y as usize).wrapping_sub(GAP));
        let (inner_x, inner_y) = (x % cell[1] / scale, y % cell[0] / scale);
        let place = y / cell[0] * columns + x / cell[1];
        if x >= size[1] || y >= size[0] || inner_x >= width || inner_y >= height || place >= count {
            return Rgb([255; 3]);
        }
        let level = |plane: usize| bytes[((place * channels + plane) * height + inner_y) * width + inner_x];
        Rgb(if channels < 3 { [0, 0, 0] } else { [0, 1, 2] }.map(level))
    })
}

/// The picture as PNG.
pub(crate) fn png(picture: &RgbImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).context("a grid cannot be encoded as PNG")?;
    Ok(bytes.into_inner())
}

/// Writes a grid as PNG.
pub(crate) fn write_png(picture: &RgbImage, path: &Path) -> anyhow::Result<()> {
    Ok(write_atomic(path, &png(picture)?)?)
}

/// The PNG files of a folder, in the order of their names, as one animation; its bytes, or none without a picture.
pub(crate) fn animation(folder: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(None) };
    let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    files.sort();
    if files.is_empty() {
        return Ok(None);
    }
    let every = files.len().div_ceil(FRAMES);
    let last = files.len() - 1;
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite)?;
    for (i, path) in files.iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last) {
        let picture = image::open(path).with_context(|| path.display().to_string())?.into_rgba8();
        let milliseconds = if i == last { 2000 } else { 120 };
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(milliseconds, 1)))?;
    }
    drop(encoder);
    Ok(Some(bytes))
}

/// The pictures one by one, `NAME-0000.png` and so on, at their own size.
pub(crate) fn write_each(pictures: &Tensor<4>, folder: &Path, name: &str) -> anyhow::Result<()> {
    let [count, channels, height, width] = pictures.dims();
    let bytes = to_bytes(pictures.clone());
    for i in 0..count {
        let picture = &bytes[i * channels * height * width..];
        let planes = if channels < 3 { [0, 0, 0] } else { [0, 1, 2] };
        let pixel =
            |x: u32, y: u32| Rgb(planes.map(|plane| picture[(plane * height + y as usize) * width + x as usize]));
        let path = folder.join(format!("{name}-{i:04}.png"));
        write_png(&RgbImage::from_fn(width as u32, height as u32, pixel), &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn a_grid_shows_each_picture_in_its_place_enlarged() {
        let device = Device::flex();
        let dark = Tensor::<4>::full([1, 1, 8, 8], -1.0, &device);
        let light = Tensor::<4>::full([1, 1, 8, 8], 0.0, &device);
        let grid = grid(&Tensor::cat(vec![dark, light.clone(), light], 0), 2);
        assert_eq!(grid.dimensions(), (2 * 50 + 2, 2 * 50 + 2));
        assert_eq!([grid[(1, 1)], grid[(2, 2)], grid[(51, 49)]].map(|pixel| pixel[0]), [255, 0, 255]);
        assert_eq!([grid[(60, 10)], grid[(10, 60)], grid[(60, 60)]].map(|pixel| pixel[0]), [128, 128, 255]);
    }
}

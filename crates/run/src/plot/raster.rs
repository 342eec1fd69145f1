//! SVG to PNG, with a font that is part of the binary: a machine without fonts draws the same pictures.

use std::sync::{Arc, OnceLock};

use image::{DynamicImage, ImageFormat, RgbImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::PlotError;

/// The longest side of a picture that is made, in pixels.
const MAX_SIDE: u64 = 16_384;

/// Draws an SVG as PNG, `width` pixels wide, as high as its proportions ask for.
///
/// # Errors
/// [`PlotError::Svg`] when the text is no SVG, [`PlotError::Size`] when a side is zero or beyond 16,384 pixels.
///
/// ```
/// let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><circle cx="5" cy="5" r="4"/></svg>"#;
/// let png = firebrick_run::plot::svg_to_png(svg, 40)?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok::<(), firebrick_run::plot::PlotError>(())
/// ```
pub fn svg_to_png(svg: &str, width: u32) -> Result<Vec<u8>, PlotError> {
    encode_png(draw(svg, width)?)
}

/// Draws an SVG on white.
pub(super) fn draw(svg: &str, width: u32) -> Result<RgbImage, PlotError> {
    let tree = Tree::from_str(svg, &options()).map_err(|error| PlotError::Svg(error.to_string()))?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let size = PlotError::Size { width: width.into(), height: height.into() };
    if u64::from(width.max(height)) > MAX_SIDE {
        return Err(size);
    }
    let mut pixels = Pixmap::new(width, height).ok_or(size)?;
    pixels.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let opaque = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    RgbImage::from_raw(width, height, opaque).ok_or(PlotError::Size { width: width.into(), height: height.into() })
}

pub(super) fn encode_png(image: impl Into<DynamicImage>) -> Result<Vec<u8>, PlotError> {
    let mut png = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut png, ImageFormat::Png).map_err(|error| PlotError::Png(error.to_string()))?;
    Ok(png.into_inner())
}

fn options() -> Options<'static> {
    Options { fontdb: fonts(), font_family: "Ubuntu".into(), ..Options::default() }
}

/// The one font, made the answer to every family that is asked for.
fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
        fonts.set_sans_serif_family("Ubuntu");
        fonts.set_serif_family("Ubuntu");
        fonts.set_monospace_family("Ubuntu");
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg::{Text, frame};
    use crate::plot::theme::INK;

    #[test]
    fn a_drawn_picture_has_the_width_asked_for_and_its_proportions() {
        let png = svg_to_png(&frame(200.0, 100.0, ""), 500).unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (500, 250));
    }

    #[test]
    fn text_leaves_ink_without_any_font_on_the_machine() {
        let dark = |svg: &str| draw(svg, 200).unwrap().pixels().filter(|pixel| pixel[0] < 128).count();
        let text = Text::new("accuracy", (10.0, 60.0), 40.0, &INK).svg();
        assert_eq!(dark(&frame(200.0, 100.0, "")), 0);
        assert!(dark(&frame(200.0, 100.0, &text)) > 300);
    }

    #[test]
    fn what_is_no_svg_and_what_is_too_large_is_refused() {
        assert!(matches!(svg_to_png("<p>hello</p>", 100), Err(PlotError::Svg(_))));
        assert!(matches!(svg_to_png(&frame(10.0, 10.0, ""), 0), Err(PlotError::Size { .. })));
        assert!(matches!(svg_to_png(&frame(10.0, 10.0, ""), 20_000), Err(PlotError::Size { .. })));
    }
}

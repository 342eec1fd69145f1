//! Pictures of a run: curves and confusion matrices as SVG, any SVG as PNG, grids of sample pictures as PNG.
//!
//! Colours come from one theme. An SVG is drawn for a light page and stands alone; the report recolours it for a dark one.

mod confusion;
mod curves;
mod frame;
mod grid;
mod picture;
mod raster;
mod rates;
pub(crate) mod svg;
pub(crate) mod theme;

pub use confusion::confusion_svg;
pub(crate) use confusion::confusions;
pub use curves::{Chart, Mark, Series, history_charts};
pub use grid::picture_grid;
pub use picture::{Picture, Sample};
pub use raster::svg_to_png;
pub use rates::{RateChart, RateSeries};

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The text is no SVG, or one of no size.
    #[error("this is no SVG picture: {0}")]
    Svg(String),
    /// The picture would be larger than can be made.
    #[error("a picture of {width} by {height} pixels is too large, or has no pixels")]
    Size {
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// The PNG could not be encoded.
    #[error("the picture cannot be encoded as PNG: {0}")]
    Png(String),
    /// The chart could not be drawn.
    #[error("the chart cannot be drawn: {0}")]
    Chart(String),
}

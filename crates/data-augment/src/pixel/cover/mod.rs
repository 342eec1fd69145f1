//! Parts of a picture are covered: a network must not rely on any one of them. Labels, masks and boxes stay as they are.

mod cutout;
mod erasing;
mod fill;
mod grid_mask;

pub use cutout::{Cutout, CutoutHoles};
pub use erasing::{Erasing, ErasingPart};
pub use fill::{Cover, Part};
pub use grid_mask::{GridMask, GridMaskHoles};

//! The negative.
//!
//! ```text
//! out = white - in
//! ```

use crate::error::AugmentError;
use crate::pixel::point::map;
use crate::pixel::ranged::settled;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

settled! {
    /// Black becomes white and white black.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::Invert;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![0, 51, 255], [1, 3, 1])?);
    /// Invert::new().apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[255, 204, 0][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Invert, "invert"
}

impl Apply for Invert {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        map(
            &mut sample.picture,
            #[inline(always)]
            |byte| !byte,
            |value| 1.0 - value,
        );
        Ok(())
    }
}

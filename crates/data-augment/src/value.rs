//! What the values of a picture are: bytes from 0 to 255, or floats from 0 to 1.

/// A value of a picture.
pub(crate) trait Value: Copy + Default + PartialOrd + 'static {
    /// White.
    const WHITE: f32;

    /// As a float, 0 to [`Value::WHITE`].
    fn float(self) -> f32;

    /// From a float: a byte is rounded and cut off at 0 and 255, a float is as it is.
    fn of(float: f32) -> Self;
}

impl Value for u8 {
    const WHITE: f32 = 255.0;

    #[inline(always)]
    fn float(self) -> f32 {
        f32::from(self)
    }

    #[inline(always)]
    fn of(float: f32) -> Self {
        byte(float)
    }
}

impl Value for f32 {
    const WHITE: f32 = 1.0;

    #[inline(always)]
    fn float(self) -> f32 {
        self
    }

    #[inline(always)]
    fn of(float: f32) -> Self {
        float
    }
}

/// The sum of 1.5·2^23 and a small number holds the nearest whole one in its lowest bits: rounding without a conversion, which
/// compiles to two or three vector instructions.
const ROUND: f32 = 12_582_912.0;

/// The nearest byte, ties to even.
#[inline(always)]
pub(crate) fn byte(float: f32) -> u8 {
    (float.clamp(0.0, 255.0) + ROUND).to_bits() as u8
}

/// The nearest whole number of one from 0 to 4 million, ties to even.
#[inline(always)]
pub(crate) fn nearest(float: f32) -> usize {
    ((float + ROUND).to_bits().wrapping_sub(ROUND.to_bits())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_byte_is_what_rounding_says() {
        for i in -1000..70_000 {
            let float = i as f32 / 256.0;
            assert_eq!(byte(float), float.round_ties_even().clamp(0.0, 255.0) as u8, "{float}");
        }
    }
}

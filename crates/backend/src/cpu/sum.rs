//! Sums of many values in a fixed order, several lanes at a time: fast, more exact than one
//! running sum, and the same bytes each time.

use super::simd::Simd;

/// As many as the widest vector has.
const LANES: usize = 16;

/// The lanes of a vector in order, then zeros.
#[inline(always)]
pub(crate) fn lanes_of<S: Simd>(simd: S, vector: S::Vector) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    simd.store(vector, &mut lanes);
    lanes
}

/// The sum of the lanes of a vector.
#[inline(always)]
pub(crate) fn add_lanes<S: Simd>(simd: S, vector: S::Vector) -> f32 {
    lanes_of(simd, vector).iter().sum()
}

/// The sum of all values.
pub(crate) fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let blocks = values.chunks_exact(LANES);
    let rest: f32 = blocks.remainder().iter().sum();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The sum of the products `a[i] * b[i]`, as far as both reach.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let mut lanes = [0.0; LANES];
    let (a_blocks, b_blocks) = (a[..len].chunks_exact(LANES), b[..len].chunks_exact(LANES));
    let rest: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_count_every_value_once_at_any_length() {
        for len in [0, 1, 15, 16, 17, 47, 48] {
            let values: Vec<f32> = (1..=len).map(|v| v as f32).collect();
            assert_eq!(sum(&values), (len * (len + 1) / 2) as f32);
            let twos = vec![2.0; len];
            assert_eq!(dot(&values, &twos), (len * (len + 1)) as f32);
        }
    }

    #[test]
    fn a_dot_product_ends_with_the_shorter_side() {
        assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0, 5.0]), 14.0);
    }
}

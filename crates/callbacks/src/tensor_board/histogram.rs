//! Histograms as TensorBoard counts them.
//!
//! ```text
//! 30 buckets of equal width w = (max - min) / 30;  value x falls into bucket ⌊(x - min) / w⌋, max into the last
//! ```
//!
//! If all values are equal, all buckets lie there and the last one holds them. NaN and infinities are not counted.

/// TensorBoard's default.
const BUCKETS: usize = 30;

/// How the finite ones among some values are spread; all zeros and no bucket if there are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) sum_of_squares: f64,
    /// The buckets' right edges.
    pub(super) limits: Vec<f64>,
    /// The buckets' numbers of values.
    pub(super) buckets: Vec<f64>,
}

impl Histogram {
    pub(super) fn of(values: &[f32]) -> Self {
        let Moments { min, max, count, sum, sum_of_squares } = Moments::of(values);
        if count == 0 {
            return Self::default();
        }
        let (min, max) = (f64::from(min), f64::from(max));
        let width = (max - min) / BUCKETS as f64;
        let edge = |bucket: usize| if bucket == BUCKETS { max } else { min + width * bucket as f64 };
        Self {
            min,
            max,
            count: count as f64,
            sum,
            sum_of_squares,
            limits: (1..=BUCKETS).map(edge).collect(),
            buckets: counted(values, min, width, count).map(|count| count as f64).to_vec(),
        }
    }
}

/// What one pass over the finite ones among some values tells of them.
struct Moments {
    min: f32,
    max: f32,
    count: u64,
    sum: f64,
    sum_of_squares: f64,
}

impl Moments {
    fn of(values: &[f32]) -> Self {
        let none = Self { min: f32::INFINITY, max: f32::NEG_INFINITY, count: 0, sum: 0.0, sum_of_squares: 0.0 };
        values.iter().filter(|value| value.is_finite()).fold(none, |seen, value| {
            let wide = f64::from(*value);
            Self {
                min: seen.min.min(*value),
                max: seen.max.max(*value),
                count: seen.count + 1,
                sum: seen.sum + wide,
                sum_of_squares: seen.sum_of_squares + wide * wide,
            }
        })
    }
}

/// How many of the `count` finite values fall into each bucket.
fn counted(values: &[f32], min: f64, width: f64, count: u64) -> [u64; BUCKETS] {
    let mut buckets = [0; BUCKETS];
    if width <= 0.0 {
        buckets[BUCKETS - 1] = count;
        return buckets;
    }
    // Neighbours often share a bucket. In tables of their own, an addition need not wait for the one before.
    let mut tables = [buckets; 4];
    for values in values.chunks(tables.len()) {
        for (value, table) in values.iter().zip(&mut tables).filter(|(value, _)| value.is_finite()) {
            let bucket = ((f64::from(*value) - min) / width) as usize;
            table[bucket.min(BUCKETS - 1)] += 1;
        }
    }
    std::array::from_fn(|bucket| tables.iter().map(|table| table[bucket]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_thirty_buckets_of_equal_width_and_the_greatest_into_the_last() {
        let values: Vec<f32> = (0..=60).map(|value| value as f32).collect();
        let histogram = Histogram::of(&values);
        assert_eq!((histogram.min, histogram.max, histogram.count), (0.0, 60.0, 61.0));
        assert_eq!(histogram.limits[..3], [2.0, 4.0, 6.0]);
        assert_eq!(histogram.limits[29], 60.0);
        assert_eq!((histogram.buckets[0], histogram.buckets[28], histogram.buckets[29]), (2.0, 2.0, 3.0));
        assert_eq!((histogram.sum, histogram.sum_of_squares), (1830.0, 73_810.0));
    }

    #[test]
    fn equal_values_lie_in_the_last_bucket() {
        let histogram = Histogram::of(&[0.5; 7]);
        assert_eq!(histogram.buckets[29], 7.0);
        assert_eq!(histogram.buckets.iter().sum::<f64>(), 7.0);
        assert!(histogram.limits.iter().all(|limit| *limit == 0.5));
    }

    #[test]
    fn what_is_not_finite_is_not_counted() {
        let histogram = Histogram::of(&[f32::NAN, 1.0, f32::INFINITY, 2.0, f32::NEG_INFINITY]);
        assert_eq!((histogram.min, histogram.max, histogram.count), (1.0, 2.0, 2.0));
        for nothing in [&[][..], &[f32::NAN, f32::INFINITY]] {
            assert_eq!(Histogram::of(nothing), Histogram::default());
        }
    }

    #[test]
    fn no_value_is_lost_whatever_the_magnitudes() {
        let values = [f32::MIN, -1e-30, 0.0, f32::MIN_POSITIVE / 2.0, 1e-3, f32::MAX];
        let histogram = Histogram::of(&values);
        assert_eq!(histogram.buckets.iter().sum::<f64>(), 6.0);
        assert!(histogram.limits.is_sorted() && histogram.limits[29] == f64::from(f32::MAX));
    }
}

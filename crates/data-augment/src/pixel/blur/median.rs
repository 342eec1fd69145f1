//! Medians of bytes, many side by side, without branches.

/// Values side by side, of one row of pixels.
type Lanes<const N: usize> = [u8; N];

#[inline(always)]
fn lower<const N: usize>(a: &Lanes<N>, b: &Lanes<N>) -> Lanes<N> {
    let mut out = [0; N];
    for i in 0..N {
        out[i] = a[i].min(b[i]);
    }
    out
}

#[inline(always)]
fn higher<const N: usize>(a: &Lanes<N>, b: &Lanes<N>) -> Lanes<N> {
    let mut out = [0; N];
    for i in 0..N {
        out[i] = a[i].max(b[i]);
    }
    out
}

/// Puts two of them into order, lane by lane.
#[inline(always)]
fn order<const N: usize, const M: usize>(values: &mut [Lanes<N>; M], low: usize, high: usize) {
    let (a, b) = (values[low], values[high]);
    (values[low], values[high]) = (lower(&a, &b), higher(&a, &b));
}

#[inline(always)]
fn sorted_three<const N: usize>(mut values: [Lanes<N>; 3]) -> [Lanes<N>; 3] {
    for (low, high) in [(0, 1), (1, 2), (0, 1)] {
        order(&mut values, low, high);
    }
    values
}

#[inline(always)]
fn sorted_five<const N: usize>(mut values: [Lanes<N>; 5]) -> [Lanes<N>; 5] {
    let pairs = [(0, 1), (3, 4), (2, 4), (2, 3), (1, 4), (0, 3), (0, 2), (1, 3), (1, 2)];
    for (low, high) in pairs {
        order(&mut values, low, high);
    }
    values
}

#[inline(always)]
fn middle<const N: usize>(a: &Lanes<N>, b: &Lanes<N>, c: &Lanes<N>) -> Lanes<N> {
    higher(&lower(a, b), &lower(&higher(a, b), c))
}

/// The median of 3 x 3: of the three columns the largest minimum, the middle median, the smallest maximum; and of these the
/// median (Paeth, 1990, "Median finding on a 3 x 3 grid").
#[inline(always)]
pub(super) fn median_of_nine<'a, const N: usize>(at: impl Fn(usize, usize) -> &'a Lanes<N>, to: &mut Lanes<N>) {
    let column = |right: usize| sorted_three([*at(0, right), *at(1, right), *at(2, right)]);
    let [a, b, c] = [column(0), column(1), column(2)];
    let largest_minimum = higher(&higher(&a[0], &b[0]), &c[0]);
    let smallest_maximum = lower(&lower(&a[2], &b[2]), &c[2]);
    *to = middle(&largest_minimum, &middle(&a[1], &b[1], &c[1]), &smallest_maximum);
}

/// The median of 5 x 5: columns are sorted, then rows, which leaves columns sorted. Then six values are too small and six too
/// large to be the median, whatever the others are; it is the median of the thirteen between them.
#[inline(always)]
pub(super) fn median_of_25<'a, const N: usize>(at: impl Fn(usize, usize) -> &'a Lanes<N>, to: &mut Lanes<N>) {
    let columns = [0, 1, 2, 3, 4].map(|right| sorted_five([0, 1, 2, 3, 4].map(|down| *at(down, right))));
    let row = |down: usize| sorted_five([0, 1, 2, 3, 4].map(|right| columns[right][down]));
    let [[_, _, _, a, b], [_, _, c, d, e], [_, f, g, h, _], [i, j, k, _, _], [l, m, _, _, _]] =
        [row(0), row(1), row(2), row(3), row(4)];
    let mut left = [a, b, c, d, e, f, g, h, i, j, k, l, m];
    // The lowest and the highest of eight cannot be the seventh of thirteen: both go, the next comes in.
    let mut last = 7;
    for next in 8..=13 {
        for at in 1..=last {
            order(&mut left, 0, at);
        }
        for at in 1..last {
            order(&mut left, at, last);
        }
        // The lowest is first, the highest last.
        if next < left.len() {
            left[0] = left[next];
        }
        last -= 1;
    }
    *to = left[1];
}

/// Adds 1 where a value is below another.
#[inline(always)]
fn count_below<const N: usize>(counts: &mut Lanes<N>, values: &Lanes<N>, than: &Lanes<N>) {
    for i in 0..N {
        counts[i] += u8::from(values[i] < than[i]);
    }
}

/// The median of a square of up to 15 x 15, bit by bit from the highest: a bit is set when at most half of the values are below
/// the number that has it.
#[inline(always)]
pub(super) fn median_of_square<'a, const N: usize>(
    at: impl Fn(usize, usize) -> &'a Lanes<N>,
    to: &mut Lanes<N>,
    size: usize,
) {
    let half = (size * size / 2) as u8;
    let mut medians = [0u8; N];
    for bit in (0..8).rev().map(|bit| 1u8 << bit) {
        let mut trial = [0u8; N];
        for i in 0..N {
            trial[i] = medians[i] | bit;
        }
        let mut below = [0u8; N];
        for down in 0..size {
            for right in 0..size {
                count_below(&mut below, at(down, right), &trial);
            }
        }
        for i in 0..N {
            medians[i] = if below[i] <= half { trial[i] } else { medians[i] };
        }
    }
    *to = medians;
}

#[cfg(test)]
mod tests {
    use firebrick_data::random::Draws;

    use super::*;

    #[test]
    fn medians_are_those_of_sorting() {
        let mut draws = Draws::new(&[1]);
        for size in [3, 5, 7, 15] {
            let rows: Vec<Vec<u8>> =
                (0..size * size).map(|_| (0..16).map(|_| draws.below(256) as u8).collect()).collect();
            let at = |down: usize, right: usize| rows[down * size + right].first_chunk::<16>().unwrap();
            let expected: Vec<u8> = (0..16)
                .map(|i| {
                    let mut values: Vec<u8> = rows.iter().map(|row| row[i]).collect();
                    values.sort_unstable();
                    values[size * size / 2]
                })
                .collect();
            let mut medians = [0; 16];
            median_of_square::<16>(at, &mut medians, size);
            assert_eq!(medians[..], expected);
            if size == 5 {
                median_of_25::<16>(at, &mut medians);
                assert_eq!(medians[..], expected);
            }
            if size == 3 {
                median_of_nine::<16>(at, &mut medians);
                assert_eq!(medians[..], expected);
            }
        }
    }
}

//! Which pixel stands in for one beyond the edge.

/// Position `at` in a row of `len` pixels that is mirrored at the middle of its first and last pixel: c b | a b c d | c b.
pub(crate) fn mirrored(at: isize, len: usize) -> usize {
    if len <= 1 {
        return 0;
    }
    let period = 2 * (len as isize - 1);
    let within = at.rem_euclid(period);
    within.min(period - within) as usize
}

/// Position `at` in a row of `len` pixels whose first and last go on: a a | a b c d | d d.
pub(crate) fn nearest(at: isize, len: usize) -> usize {
    at.clamp(0, len as isize - 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_mirrored_as_often_as_it_takes() {
        let row: Vec<usize> = (-4..8).map(|at| mirrored(at, 3)).collect();
        assert_eq!(row, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!([mirrored(-7, 1), mirrored(5, 1)], [0, 0]);
        assert_eq!([-2, 0, 2, 3, 9].map(|at| nearest(at, 3)), [0, 0, 2, 2, 2]);
    }
}

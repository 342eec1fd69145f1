//! Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations (Golub & Van Loan, Matrix Computations, section 8.5).
//!
//! ```text
//! A ← JᵀAJ,   V ← VJ        J the rotation in the plane (p, q) that makes A[p, q] zero; each sweep takes all p < q
//! ```
//!
//! Small eigenvalues come out as exact as large ones, which a distance between nearly singular covariances needs. A sweep costs
//! about 6·D³ operations, and 6 to 12 sweeps are enough.

/// A matrix of D rows and columns, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Square {
    size: usize,
    values: Vec<f64>,
}

/// Sweeps after which it ends, whatever is left off the diagonal; the convergence is quadratic.
const SWEEPS: usize = 60;

impl Square {
    pub(super) fn from_fn(size: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let values = (0..size * size).map(|place| value(place / size, place % size)).collect();
        Self { size, values }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..(row + 1) * self.size]
    }

    fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.size..(row + 1) * self.size]
    }

    pub(super) fn trace(&self) -> f64 {
        (0..self.size).map(|i| self.at(i, i)).sum()
    }

    /// self · otherᵀ.
    pub(super) fn times_transposed(&self, other: &Self) -> Self {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        Self::from_fn(self.size, |row, column| product(self.row(row), other.row(column)))
    }

    /// Eigenvalues, and the eigenvectors as rows in the same order, of a symmetric matrix.
    pub(super) fn eigen(mut self) -> (Vec<f64>, Self) {
        let mut vectors = Self::from_fn(self.size, |row, column| f64::from(u8::from(row == column)));
        let whole: f64 = self.values.iter().map(|value| value * value).sum();
        for _ in 0..SWEEPS {
            let off: f64 =
                (0..self.size).map(|p| self.row(p)[p + 1..].iter().map(|value| value * value).sum::<f64>()).sum();
            if off <= whole * 1e-30 {
                break;
            }
            for p in 0..self.size {
                (p + 1..self.size).for_each(|q| self.rotate(p, q, &mut vectors));
            }
        }
        ((0..self.size).map(|i| self.at(i, i)).collect(), vectors)
    }

    /// Makes A[p, q] zero; p < q.
    fn rotate(&mut self, p: usize, q: usize, vectors: &mut Self) {
        let off = self.at(p, q);
        if off == 0.0 {
            return;
        }
        let half = (self.at(q, q) - self.at(p, p)) / (2.0 * off);
        let tangent = half.signum() / (half.abs() + (half * half + 1.0).sqrt());
        let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
        let sine = tangent * cosine;
        for row in 0..self.size {
            let place = row * self.size;
            let (a, b) = (self.values[place + p], self.values[place + q]);
            self.values[place + p] = cosine * a - sine * b;
            self.values[place + q] = sine * a + cosine * b;
        }
        self.turn_rows(p, q, [cosine, sine]);
        vectors.turn_rows(p, q, [cosine, sine]);
    }

    fn turn_rows(&mut self, p: usize, q: usize, [cosine, sine]: [f64; 2]) {
        let size = self.size;
        let (before, from_q) = self.values.split_at_mut(q * size);
        let rows = before[p * size..(p + 1) * size].iter_mut().zip(&mut from_q[..size]);
        for (a, b) in rows {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    }

    /// A with A·Aᵀ this symmetric matrix without negative eigenvalues, as its transpose Aᵀ: eigenvectors as rows, each times the root of its
    /// eigenvalue.
    pub(super) fn root_transposed(self) -> Self {
        let (values, mut vectors) = self.eigen();
        for (row, value) in values.iter().enumerate() {
            let root = value.max(0.0).sqrt();
            vectors.row_mut(row).iter_mut().for_each(|number| *number *= root);
        }
        vectors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symmetric(size: usize) -> Square {
        Square::from_fn(size, |row, column| {
            let (low, high) = (row.min(column) as f64, row.max(column) as f64);
            (low * 1.7 + high * high * 0.3).cos() + if row == column { 0.5 } else { 0.0 }
        })
    }

    #[test]
    fn eigenvectors_are_scaled_by_the_matrix_and_at_right_angles() {
        for size in [1, 2, 3, 12] {
            let matrix = symmetric(size);
            let (values, vectors) = matrix.clone().eigen();
            for (value, row) in values.iter().zip(0..size) {
                let vector = vectors.row(row);
                for i in 0..size {
                    let product: f64 = matrix.row(i).iter().zip(vector).map(|(a, b)| a * b).sum();
                    assert!((product - value * vector[i]).abs() < 1e-12, "{size}: {product} {value}");
                }
            }
            let angles = vectors.times_transposed(&vectors);
            let identity = Square::from_fn(size, |row, column| f64::from(u8::from(row == column)));
            assert!(angles.values.iter().zip(&identity.values).all(|(a, b)| (a - b).abs() < 1e-12));
            assert!((values.iter().sum::<f64>() - matrix.trace()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_root_times_itself_is_the_matrix_also_where_it_is_singular() {
        let some = symmetric(5);
        let product = some.times_transposed(&some); // all eigenvalues are squares
        let singular = Square::from_fn(5, |row, column| (row + 1) as f64 * (column + 1) as f64);
        for matrix in [product, singular] {
            let root = matrix.clone().root_transposed();
            let back = Square::from_fn(5, |i, j| (0..5).map(|k| root.at(k, i) * root.at(k, j)).sum());
            let apart = back.values.iter().zip(&matrix.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-11, "{apart:e}");
        }
    }
}

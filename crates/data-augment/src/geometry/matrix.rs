//! Plane maps as 3 x 3 matrices: they are composed by products, and applied to points in homogeneous coordinates.

use serde::{Deserialize, Serialize};

use super::warp::{BLOCK, Mapping};

/// Rows of a 3 x 3 matrix that maps (x, y, 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Matrix(pub(crate) [[f64; 3]; 3]);

impl Matrix {
    pub(crate) fn linear([a, b]: [f64; 2], [c, d]: [f64; 2]) -> Self {
        Self([[a, b, 0.0], [c, d, 0.0], [0.0, 0.0, 1.0]])
    }

    pub(crate) fn shift(x: f64, y: f64) -> Self {
        Self([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    }

    /// First `self`, then `next`.
    pub(crate) fn then(self, next: Self) -> Self {
        let (first, next) = (self.0, next.0);
        Self(std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| next[i][k] * first[k][j]).sum())))
    }

    /// The map with (x, y) as its fixed origin.
    pub(crate) fn about(self, [x, y]: [f64; 2]) -> Self {
        Self::shift(-x, -y).then(self).then(Self::shift(x, y))
    }

    /// What undoes the map; none when it folds the plane.
    pub(crate) fn inverse(self) -> Option<Self> {
        let m = self.0;
        let minor = |i: usize, j: usize| {
            let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
            m[a][c] * m[b][d] - m[a][d] * m[b][c]
        };
        let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
        let scale = 1.0 / determinant;
        scale.is_finite().then(|| Self(std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) * scale))))
    }

    pub(crate) fn point(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [u, v, w] = self.0.map(|[a, b, c]| a * x + b * y + c);
        [u / w, v / w]
    }

    /// The map that takes four points to four others; none when three of a kind lie on a line.
    pub(crate) fn between(from: [[f64; 2]; 4], to: [[f64; 2]; 4]) -> Option<Self> {
        Some(Self::from_square(from)?.inverse()?.then(Self::from_square(to)?))
    }

    /// The map that takes (0, 0), (1, 0), (1, 1), (0, 1) to four points (Heckbert, 1989).
    fn from_square([a, b, c, d]: [[f64; 2]; 4]) -> Option<Self> {
        let sum = |i: usize| a[i] - b[i] + c[i] - d[i];
        let (one, two) = ([b[0] - c[0], b[1] - c[1]], [d[0] - c[0], d[1] - c[1]]);
        let cross = |u: [f64; 2], v: [f64; 2]| u[0] * v[1] - u[1] * v[0];
        let determinant = cross(one, two);
        let g = cross([sum(0), sum(1)], two) / determinant;
        let h = cross(one, [sum(0), sum(1)]) / determinant;
        let row = |i: usize| [b[i] - a[i] + g * b[i], d[i] - a[i] + h * d[i], a[i]];
        let matrix = Self([row(0), row(1), [g, h, 1.0]]);
        (g.is_finite() && h.is_finite()).then_some(matrix)
    }

    pub(crate) fn is_affine(&self) -> bool {
        self.0[2] == [0.0, 0.0, 1.0]
    }
}

/// An affine map from the result to the picture, in middles of pixels.
pub(crate) struct AffineMapping(pub(crate) Matrix);

impl Mapping for AffineMapping {
    fn block(&self, y: usize, x: usize, columns: &mut [f64; BLOCK], rows: &mut [f64; BLOCK]) {
        let [[a, b, c], [d, e, f], _] = self.0.0;
        let (x, y) = (x as f64, y as f64);
        let (first_column, first_row) = (a * x + b * y + c, d * x + e * y + f);
        wide!({
            for i in 0..BLOCK {
                let step = i as i32 as f64;
                columns[i] = first_column + a * step;
                rows[i] = first_row + d * step;
            }
        });
    }
}

/// A projective map from the result to the picture, in middles of pixels.
pub(crate) struct ProjectiveMapping(pub(crate) Matrix);

impl Mapping for ProjectiveMapping {
    fn block(&self, y: usize, x: usize, columns: &mut [f64; BLOCK], rows: &mut [f64; BLOCK]) {
        let [[a, b, c], [d, e, f], [g, h, k]] = self.0.0;
        let (x, y) = (x as f64, y as f64);
        let (u, v, w) = (a * x + b * y + c, d * x + e * y + f, g * x + h * y + k);
        wide!({
            for i in 0..BLOCK {
                let step = i as i32 as f64;
                let scale = 1.0 / (w + g * step);
                columns[i] = (u + a * step) * scale;
                rows[i] = (v + d * step) * scale;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_points_decide_a_map_and_its_inverse_undoes_it() {
        let from = [[0.0, 0.0], [9.0, 1.0], [8.0, 10.0], [1.0, 7.0]];
        let to = [[2.0, 3.0], [12.0, 2.0], [10.0, 9.0], [0.0, 11.0]];
        let map = Matrix::between(from, to).unwrap();
        let back = map.inverse().unwrap();
        for (from, to) in from.into_iter().zip(to) {
            let [x, y] = map.point(from);
            assert!((x - to[0]).abs() < 1e-9 && (y - to[1]).abs() < 1e-9, "{from:?} {x} {y}");
            let [x, y] = back.point(to);
            assert!((x - from[0]).abs() < 1e-9 && (y - from[1]).abs() < 1e-9);
        }
        assert!(Matrix::linear([1.0, 2.0], [2.0, 4.0]).inverse().is_none());
    }

    #[test]
    fn maps_are_composed_from_left_to_right() {
        let turned = Matrix::linear([0.0, -1.0], [1.0, 0.0]).then(Matrix::shift(10.0, 0.0));
        assert_eq!(turned.point([1.0, 2.0]), [8.0, 1.0]);
        assert_eq!(Matrix::linear([2.0, 0.0], [0.0, 2.0]).about([3.0, 3.0]).point([3.0, 4.0]), [3.0, 5.0]);
    }
}

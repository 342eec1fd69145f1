//! The shapes of one pooling, checked.

use std::ops::Range;

use super::Pool2dOptions;

/// Everything about sizes that the kernels need.
#[derive(Clone, Debug)]
pub(crate) struct Pool2dShape {
    /// B and C.
    pub(crate) planes: [usize; 2],
    /// H and W.
    pub(crate) input: [usize; 2],
    /// H' and W'.
    pub(crate) output: [usize; 2],
    /// The window.
    pub(crate) options: Pool2dOptions,
}

/// Checks a call of `operation`.
///
/// # Panics
///
/// When the pictures `[B, C, H, W]` do not fit the options.
pub(crate) fn check(operation: &str, x: [usize; 4], options: &Pool2dOptions) {
    let Pool2dOptions { kernel, stride, padding, dilation } = options;
    let call = || format!("{operation} of {x:?} with {options:?}");
    for axis in [0, 1] {
        let name = ["height", "width"][axis];
        assert!(x[2 + axis] > 0, "{}: the pictures must be at least 1 x 1", call());
        assert!(kernel[axis] > 0, "{}: the window must be at least 1 x 1", call());
        assert!(stride[axis] > 0, "{}: a stride must be at least 1", call());
        assert!(dilation[axis] > 0, "{}: a dilation must be at least 1", call());
        let extent = (kernel[axis] - 1).checked_mul(dilation[axis]).and_then(|extent| extent.checked_add(1));
        let extent = extent.unwrap_or_else(|| panic!("{}: the window is larger than memory", call()));
        let [before, after] = padding[axis];
        assert!(
            before < extent && after < extent,
            "{}: padding of {before} and {after} is not smaller than the {extent} pixels of {name} that the window covers",
            call(),
        );
        let padded = x[2 + axis] + before + after;
        assert!(
            extent <= padded,
            "{}: the window covers {extent} pixels of {name}, but the padded input has {padded}",
            call(),
        );
    }
}

impl Pool2dShape {
    /// The shape for pictures `[B, C, H, W]` that have been checked.
    pub(crate) fn new(x: [usize; 4], options: &Pool2dOptions) -> Self {
        let output = [0, 1].map(|axis| {
            let padded = x[2 + axis] + options.padding[axis].iter().sum::<usize>();
            (padded - (options.kernel[axis] - 1) * options.dilation[axis] - 1) / options.stride[axis] + 1
        });
        Self { planes: [x[0], x[1]], input: [x[2], x[3]], output, options: options.clone() }
    }

    /// How many pixels of the picture the windows at each place of an axis see; 0 height, 1 width.
    pub(crate) fn seen(&self, axis: usize) -> Vec<usize> {
        (0..self.output[axis]).map(|place| self.taps_inside(axis, place).len()).collect()
    }

    /// The rows or columns of the window at a place of an axis that lie in the picture. They are neighbours.
    pub(crate) fn taps_inside(&self, axis: usize, place: usize) -> Range<usize> {
        let Pool2dOptions { kernel, stride, padding, dilation } = &self.options;
        let start = place * stride[axis];
        let before = padding[axis][0];
        // Tap u reads padded pixel start + u·d; the picture is before..before + size.
        let first = before.saturating_sub(start).div_ceil(dilation[axis]);
        let end = (before + self.input[axis]).saturating_sub(start).div_ceil(dilation[axis]).min(kernel[axis]);
        first.min(end)..end
    }
}

/// What the CPU kernel derives from the sizes.
#[cfg(feature = "flex")]
impl Pool2dShape {
    /// `[B, C, H', W']`.
    pub(crate) fn output_dims(&self) -> [usize; 4] {
        [self.planes[0], self.planes[1], self.output[0], self.output[1]]
    }

    /// Pixels of a plane, H·W.
    pub(crate) fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Windows of a plane, H'·W'.
    pub(crate) fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// All planes, B·C.
    pub(crate) fn count(&self) -> usize {
        self.planes.iter().product()
    }

    /// Pixels under a window, kh·kw.
    pub(crate) fn taps(&self) -> usize {
        self.options.kernel.iter().product()
    }

    /// Whether the windows are 2 x 2 side by side, without padding.
    pub(crate) fn halves(&self) -> bool {
        let Pool2dOptions { kernel, stride, padding, dilation } = &self.options;
        [kernel, stride] == [&[2, 2], &[2, 2]] && *padding == [[0, 0], [0, 0]] && *dilation == [1, 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_inside_agree_with_the_definition_for_every_small_case() {
        let sizes = (1..6).flat_map(|size| (1..4).map(move |kernel| (size, kernel)));
        let windows = sizes.flat_map(|window| (1..4).flat_map(move |stride| (1..4).map(move |d| (window, stride, d))));
        for ((size, kernel), stride, dilation) in windows {
            let extent = (kernel - 1) * dilation + 1;
            let paddings = (0..extent).flat_map(|before| (0..extent).map(move |after| [before, after]));
            for padding in paddings.filter(|[before, after]| extent <= size + before + after) {
                let options = Pool2dOptions::new([1, kernel])
                    .with_stride([1, stride])
                    .with_dilation([1, dilation])
                    .with_padding([[0, 0], padding]);
                check(size, &options);
            }
        }
    }

    fn check(size: usize, options: &Pool2dOptions) {
        let ([_, kernel], [_, stride], [_, dilation]) = (options.kernel, options.stride, options.dilation);
        let [_, [before, _]] = options.padding;
        let shape = Pool2dShape::new([1, 1, 1, size], options);
        for place in 0..shape.output[1] {
            let inside = |u: &usize| (before..before + size).contains(&(place * stride + u * dilation));
            let expected: Vec<usize> = (0..kernel).filter(inside).collect();
            let actual: Vec<usize> = shape.taps_inside(1, place).collect();
            assert_eq!(actual, expected, "{options:?} on {size}, place {place}");
        }
    }
}

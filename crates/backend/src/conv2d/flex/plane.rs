//! Where a filter weight reads: which output positions see a pixel of the picture through it, and
//! which see the padding.

use std::ops::Range;

use super::super::shape::Conv2dShape;

/// One axis of one filter weight: the outputs that read a pixel, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// The output positions whose pixel lies inside the picture.
    pub(crate) outputs: Range<usize>,
    /// The pixel that the first of them reads; 0 when there is none.
    pub(crate) first: usize,
    /// Pixels from one output position to the next.
    pub(crate) stride: usize,
}

impl Reads {
    /// What the filter weight at `index` of `axis` (0: height, 1: width) reads.
    pub(crate) fn new(shape: &Conv2dShape, axis: usize, index: usize) -> Self {
        let stride = shape.options.stride[axis];
        let before = shape.options.padding[axis][0];
        let offset = index * shape.options.dilation[axis];
        let size = shape.input[axis];

        // Output position j reads padded pixel j·stride + offset; the picture is before..before + size.
        let start = before.saturating_sub(offset).div_ceil(stride);
        let end = (before + size).saturating_sub(offset).div_ceil(stride);
        let end = end.min(shape.output[axis]);
        if start >= end {
            return Self { outputs: 0..0, first: 0, stride };
        }
        Self { outputs: start..end, first: start * stride + offset - before, stride }
    }

    /// The pixel read at output position `output`, which must be one of `outputs`.
    pub(crate) fn pixel(&self, output: usize) -> usize {
        self.first + (output - self.outputs.start) * self.stride
    }
}

/// The reads of every filter weight along one axis.
pub(crate) fn reads(shape: &Conv2dShape, axis: usize) -> Vec<Reads> {
    (0..shape.kernel[axis]).map(|index| Reads::new(shape, axis, index)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::Conv2dOptions;
    use super::*;

    #[test]
    fn reads_agree_with_the_definition_for_every_small_case() {
        let choices = |n: usize| 0..n;
        for (size, kernel) in (1..5).flat_map(|size| (1..4).map(move |k| (size, k))) {
            for (stride, dilation) in (1..4).flat_map(|s| (1..4).map(move |d| (s, d))) {
                for (before, after) in choices(4).flat_map(|b| choices(4).map(move |a| (b, a))) {
                    check([size, kernel, stride, dilation, before, after]);
                }
            }
        }
    }

    fn check([size, kernel, stride, dilation, before, after]: [usize; 6]) {
        if dilation * (kernel - 1) + 1 > size + before + after {
            return;
        }
        let options = Conv2dOptions::default()
            .with_stride([1, stride])
            .with_padding([[0, 0], [before, after]])
            .with_dilation([1, dilation]);
        let shape = Conv2dShape::new([1, 1, 1, size], [1, 1, 1, kernel], &options);
        for index in 0..kernel {
            let reads = Reads::new(&shape, 1, index);
            for output in 0..shape.output[1] {
                let padded = output * stride + index * dilation;
                let pixel = padded.checked_sub(before).filter(|&pixel| pixel < size);
                let found = reads.outputs.contains(&output).then(|| reads.pixel(output));
                assert_eq!(found, pixel, "{shape:?}, weight {index}, output {output}");
            }
        }
    }
}

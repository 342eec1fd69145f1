//! The options of the transposed convolution.

/// Stride, padding, output padding, dilation and groups of [`conv_transpose2d`](fn@super::conv_transpose2d); first the height,
/// then the width. The default: stride 1, no padding, dilation 1, one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvTranspose2dOptions {
    /// Pixels of the output from one pixel of the input to the next, at least 1.
    pub stride: [usize; 2],
    /// Pixels cut off the output: `[[top, bottom], [left, right]]`.
    pub padding: [[usize; 2]; 2],
    /// Pixels added at the end of the output, fewer than the stride or the dilation.
    pub output_padding: [usize; 2],
    /// Distance of neighbouring filter weights, in pixels, at least 1.
    pub dilation: [usize; 2],
    /// Into how many groups the channels are split, each with filters of its own.
    pub groups: usize,
}

impl Default for ConvTranspose2dOptions {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [[0, 0], [0, 0]], output_padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl ConvTranspose2dOptions {
    /// The same with this stride, `[height, width]`.
    pub fn with_stride(mut self, stride: [usize; 2]) -> Self {
        self.stride = stride;
        self
    }

    /// The same with this padding, `[[top, bottom], [left, right]]`.
    pub fn with_padding(mut self, padding: [[usize; 2]; 2]) -> Self {
        self.padding = padding;
        self
    }

    /// The same with this output padding, `[height, width]`.
    pub fn with_output_padding(mut self, output_padding: [usize; 2]) -> Self {
        self.output_padding = output_padding;
        self
    }

    /// The same with this dilation, `[height, width]`.
    pub fn with_dilation(mut self, dilation: [usize; 2]) -> Self {
        self.dilation = dilation;
        self
    }

    /// The same with this number of groups.
    pub fn with_groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }
}

//! The options of the convolution, and which of its gradients are wanted.

/// Stride, padding, dilation and groups of [`conv2d`](fn@super::conv2d); first the height, then the
/// width. The default: stride 1, no padding, dilation 1, one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// Steps of the filter, in pixels, at least 1.
    pub stride: [usize; 2],
    /// Zeros put around the picture, in pixels: `[[top, bottom], [left, right]]`.
    pub padding: [[usize; 2]; 2],
    /// Distance of neighbouring filter weights, in pixels, at least 1.
    pub dilation: [usize; 2],
    /// Into how many groups the channels are split, each convolved with its own filters.
    pub groups: usize,
}

impl Default for Conv2dOptions {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 }
    }
}

impl Conv2dOptions {
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

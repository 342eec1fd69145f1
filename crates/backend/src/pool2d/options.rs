//! The options of pooling.

/// The window of [`max_pool2d`](fn@super::max_pool2d) and [`avg_pool2d`](fn@super::avg_pool2d); first the height, then the
/// width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool2dOptions {
    /// Pixels under the window, at least 1.
    pub kernel: [usize; 2],
    /// Steps of the window, in pixels, at least 1.
    pub stride: [usize; 2],
    /// Pixels put around the picture: `[[top, bottom], [left, right]]`. None is larger than what the window covers less 1.
    pub padding: [[usize; 2]; 2],
    /// Distance of neighbouring pixels under the window, at least 1; means are taken with 1 only.
    pub dilation: [usize; 2],
}

impl Pool2dOptions {
    /// A window of this size, `[height, width]`, that moves by its own size, without padding.
    pub fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [[0, 0], [0, 0]], dilation: [1, 1] }
    }

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
}

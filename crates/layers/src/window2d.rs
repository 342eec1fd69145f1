//! A window over a picture: what convolution and pooling share.

use crate::shape::count;
use crate::{MAX_ACTIVATION, Padding, Pair, Rule, Window};

/// Kernel, stride, dilation and padding along both axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window2d {
    pub(crate) kernel: Pair,
    pub(crate) stride: Pair,
    pub(crate) dilation: Pair,
    pub(crate) padding: Padding,
}

impl Window2d {
    fn rows(&self) -> Window {
        Window::new(self.kernel.rows).with_stride(self.stride.rows).with_dilation(self.dilation.rows)
    }

    fn columns(&self) -> Window {
        Window::new(self.kernel.columns).with_stride(self.stride.columns).with_dilation(self.dilation.columns)
    }

    /// Padding as `[[top, bottom], [left, right]]` for a picture of `[height, width]`.
    pub(crate) fn padding(&self, [height, width]: [usize; 2]) -> Result<[[usize; 2]; 2], Rule> {
        let (top, bottom) = self.rows().padding(height, self.padding.rows())?;
        let (left, right) = self.columns().padding(width, self.padding.columns())?;
        Ok([[top, bottom], [left, right]])
    }

    /// `[height, width]` of the output; the padded input must stay within [`MAX_ACTIVATION`].
    pub(crate) fn output_size(&self, [channels, height, width]: [usize; 3]) -> Result<[usize; 2], Rule> {
        let out_height = self.rows().output_size(height, self.padding.rows(), "height")?;
        let out_width = self.columns().output_size(width, self.padding.columns(), "width")?;
        let [[top, bottom], [left, right]] = self.padding([height, width])?;
        // No overflow: `output_size` has summed both.
        let padded = count(&[channels, height + top + bottom, width + left + right])?;
        match padded > MAX_ACTIVATION {
            true => Err(Rule::ActivationTooLarge { count: padded }),
            false => Ok([out_height, out_width]),
        }
    }

    /// As [`output_size`](Self::output_size), for pooling: every window must see at least one cell of the picture.
    pub(crate) fn pooled_size(&self, input: [usize; 3]) -> Result<[usize; 2], Rule> {
        let output = self.output_size(input)?;
        let [rows, columns] = self.padding([input[1], input[2]])?;
        for (padding, kernel) in
            [(rows[0].max(rows[1]), self.kernel.rows), (columns[0].max(columns[1]), self.kernel.columns)]
        {
            if padding >= kernel {
                return Err(Rule::PaddingBeyondWindow { padding, kernel });
            }
        }
        Ok(output)
    }

    /// # Panics
    /// When kernel, stride or dilation is 0.
    pub(crate) fn assert_sizes(&self, layer: &str) {
        if let Err(rule) = self.rows().span().and(self.columns().span()) {
            panic!("{layer}: {rule}");
        }
    }

    /// Padding of a picture that `layer` forwards.
    ///
    /// # Panics
    /// When the window does not fit the picture, with the shape and the rule.
    pub(crate) fn padding_of(&self, layer: &str, shape: [usize; 4]) -> [[usize; 2]; 2] {
        let [_, channels, height, width] = shape;
        match self.output_size([channels, height, width]).and_then(|_| self.padding([height, width])) {
            Ok(padding) => padding,
            Err(rule) => panic!("{layer} cannot take an input of shape {shape:?}: {rule}"),
        }
    }
}

/// `[channels, height, width]` of a shape, or the rule that it breaks.
pub(crate) fn picture(shape: &[usize]) -> Result<[usize; 3], Rule> {
    shape.try_into().map_err(|_| Rule::Axes { expected: "a picture, [channels, height, width]", hint: "" })
}

//! A window over a picture: what convolutions and pooling share.

use firebrick_backend::Pool2dOptions;

use crate::shape::{Ends, count};
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

    /// `[rows, columns]` of what a transposed convolution does at the ends of both axes.
    pub(crate) fn transposed_ends(&self, output_padding: Option<Pair>) -> Result<[Ends; 2], Rule> {
        let rows = self.rows().transposed_ends(self.padding.rows(), output_padding.map(|pair| pair.rows))?;
        let columns =
            self.columns().transposed_ends(self.padding.columns(), output_padding.map(|pair| pair.columns))?;
        Ok([rows, columns])
    }

    /// `[height, width]` of the output of a transposed convolution; before its ends are cut off, it must stay within
    /// [`MAX_ACTIVATION`].
    pub(crate) fn transposed_size(
        &self,
        [channels, height, width]: [usize; 3],
        output_padding: Option<Pair>,
    ) -> Result<[usize; 2], Rule> {
        let pair = |pair: Pair| [Some(pair.rows), Some(pair.columns)];
        let [added_rows, added_columns] = output_padding.map_or([None; 2], pair);
        let out_height = self.rows().transposed_size(height, self.padding.rows(), added_rows)?;
        let out_width = self.columns().transposed_size(width, self.padding.columns(), added_columns)?;
        let [rows, columns] = self.transposed_ends(output_padding)?;
        // No overflow: `transposed_size` has summed both.
        let grown =
            count(&[channels, out_height + rows.before + rows.after, out_width + columns.before + columns.after])?;
        match grown > MAX_ACTIVATION {
            true => Err(Rule::ActivationTooLarge { count: grown }),
            false => Ok([out_height, out_width]),
        }
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

    /// How the backend is to pool a picture that `layer` forwards.
    ///
    /// # Panics
    /// As [`padding_of`](Self::padding_of).
    pub(crate) fn pool_options(&self, layer: &str, shape: [usize; 4]) -> Pool2dOptions {
        Pool2dOptions::new(self.kernel.into())
            .with_stride(self.stride.into())
            .with_padding(self.padding_of(layer, shape))
    }
}

/// Whether channels, filters and groups of a convolution go together.
pub(crate) fn check_filters(channels: usize, out_channels: usize, kernel: Pair, groups: usize) -> Result<(), Rule> {
    for (value, what) in [
        (channels, "in_channels"),
        (out_channels, "out_channels"),
        (groups, "groups"),
        (kernel.rows.min(kernel.columns), "kernel_size"),
    ] {
        if value == 0 {
            return Err(Rule::Zero { what });
        }
    }
    for (which, channels) in [("incoming channels", channels), ("out_channels", out_channels)] {
        if channels % groups != 0 {
            return Err(Rule::Groups { which, channels, groups });
        }
    }
    Ok(())
}

/// `[channels, height, width]` of a shape, or the rule that it breaks.
pub(crate) fn picture(shape: &[usize]) -> Result<[usize; 3], Rule> {
    shape.try_into().map_err(|_| Rule::Axes { expected: "a picture, [channels, height, width]", hint: "" })
}

//! The shape calculator: how many positions a window takes along one axis.
//!
//! ```text
//! out = (in + 2P − K) / S + 1                          input in, padding P, kernel K, stride S
//! ```
//!
//! Generalised to a dilation d, where the k cells of a kernel span d·(k − 1) + 1 cells of the input, to a padding that
//! differs before (p₀) and after (p₁), and to strides that do not divide:
//!
//! ```text
//! span = d·(k − 1) + 1
//! out  = ⌊(in + p₀ + p₁ − span) / s⌋ + 1               convolution and pooling
//! out  = ⌈in / s⌉                                      padding `same`
//!        p₀ + p₁ = max((out − 1)·s + span − in, 0),  p₀ = ⌊(p₀ + p₁) / 2⌋
//! out  = (in − 1)·s + span − p₀ − p₁ + o               transposed convolution, output padding o
//! ```
//!
//! `same` is Keras's asymmetric rule: where the padding is odd, the extra cell comes after (bottom, right). PyTorch pads
//! both sides alike, so strided networks of the two differ by one cell there. A transposed convolution without an output
//! padding follows Keras: `valid` gives in·s + max(span − s, 0), `same` gives in·s; with explicit padding it follows
//! PyTorch, whose output padding is 0 then.
//!
//! Convolution arithmetic: Dumoulin & Visin, 2016, <https://arxiv.org/abs/1603.07285>.

use crate::{AxisPadding, Rule};

/// A window sliding along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Cells of the window.
    pub kernel: usize,
    /// Cells from one position of the window to the next. Default 1.
    pub stride: usize,
    /// Distance between two neighbouring cells of the window. Default 1.
    pub dilation: usize,
}

impl Window {
    /// A window of `kernel` cells with stride 1 and dilation 1.
    pub fn new(kernel: usize) -> Self {
        Self { kernel, stride: 1, dilation: 1 }
    }

    /// Sets the stride.
    #[must_use]
    pub fn with_stride(mut self, stride: usize) -> Self {
        self.stride = stride;
        self
    }

    /// Sets the dilation.
    #[must_use]
    pub fn with_dilation(mut self, dilation: usize) -> Self {
        self.dilation = dilation;
        self
    }

    /// Cells of the input that the window covers: d·(k − 1) + 1.
    ///
    /// # Errors
    /// When kernel, stride or dilation is 0, or the product overflows.
    pub fn span(&self) -> Result<usize, Rule> {
        for (value, what) in
            [(self.kernel, "the kernel size"), (self.stride, "the stride"), (self.dilation, "the dilation")]
        {
            if value == 0 {
                return Err(Rule::Zero { what });
            }
        }
        let gaps = self.dilation.checked_mul(self.kernel - 1);
        gaps.and_then(|gaps| gaps.checked_add(1)).ok_or(Rule::Overflow)
    }

    /// Cells of padding before and after an axis of `size` cells.
    ///
    /// # Errors
    /// As [`span`](Self::span), and when a sum overflows.
    pub fn padding(&self, size: usize, padding: AxisPadding) -> Result<(usize, usize), Rule> {
        let span = self.span()?;
        match padding {
            AxisPadding::Valid => Ok((0, 0)),
            AxisPadding::Explicit(before, after) => Ok((before, after)),
            AxisPadding::Same => {
                let steps = size.div_ceil(self.stride).saturating_sub(1);
                let last_start = steps.checked_mul(self.stride).ok_or(Rule::Overflow)?;
                let needed = last_start.checked_add(span).ok_or(Rule::Overflow)?;
                let total = needed.saturating_sub(size);
                Ok((total / 2, total - total / 2))
            }
        }
    }

    /// Positions of the window along an axis of `size` cells; `axis` is its name in the error.
    ///
    /// ```
    /// use firebrick_layers::{AxisPadding, Window};
    ///
    /// let window = Window::new(3).with_stride(2);
    /// assert_eq!(window.output_size(28, AxisPadding::Valid, "height"), Ok(13));
    /// assert_eq!(window.output_size(28, AxisPadding::Same, "height"), Ok(14));
    /// ```
    ///
    /// # Errors
    /// When the window does not fit once, when kernel, stride, dilation or `size` is 0, and when a sum overflows.
    pub fn output_size(&self, size: usize, padding: AxisPadding, axis: &'static str) -> Result<usize, Rule> {
        let span = self.span()?;
        if size == 0 {
            return Err(Rule::Zero { what: axis });
        }
        let (before, after) = self.padding(size, padding)?;
        let padding = before.checked_add(after).ok_or(Rule::Overflow)?;
        let padded = size.checked_add(padding).ok_or(Rule::Overflow)?;
        match padded.checked_sub(span) {
            Some(free) => Ok(free / self.stride + 1),
            None => Err(Rule::WindowTooLarge { axis, span, size, padding }),
        }
    }

    /// Cells that a transposed convolution makes of `size` cells.
    ///
    /// `output_padding` is the number of cells added after the output; `None` takes the system's default: Keras's for
    /// `valid` and `same`, PyTorch's for explicit padding. With it, `same` gives (size − 1)·stride + span − 2·⌊span/2⌋ cells
    /// and the output padding, as Keras does.
    ///
    /// # Errors
    /// When nothing is left, when the output padding is not smaller than the stride, when a size is 0, and when a
    /// product overflows.
    pub fn transposed_size(
        &self,
        size: usize,
        padding: AxisPadding,
        output_padding: Option<usize>,
    ) -> Result<usize, Rule> {
        let (span, stride) = (self.span()?, self.stride);
        if size == 0 {
            return Err(Rule::Zero { what: "the input size" });
        }
        let Ends { before, after, added } = self.transposed_ends(padding, output_padding)?;
        let cut = before.checked_add(after).ok_or(Rule::Overflow)?;
        let steps = (size - 1).checked_mul(stride).ok_or(Rule::Overflow)?;
        let grown = steps.checked_add(span).and_then(|grown| grown.checked_add(added));
        let grown = grown.ok_or(Rule::Overflow)?;
        match grown.checked_sub(cut) {
            None | Some(0) => Err(Rule::NothingLeft { size, grown, padding: cut }),
            Some(left) => Ok(left),
        }
    }

    /// What a transposed convolution does at the two ends of an axis; it does not depend on the axis's size.
    ///
    /// # Errors
    /// When the output padding is not smaller than the stride, or a size is 0.
    pub(crate) fn transposed_ends(&self, padding: AxisPadding, output_padding: Option<usize>) -> Result<Ends, Rule> {
        let (span, stride) = (self.span()?, self.stride);
        if let Some(output_padding) = output_padding.filter(|&o| o >= stride) {
            return Err(Rule::OutputPadding { output_padding, stride });
        }
        let missing = stride.saturating_sub(span);
        Ok(match (padding, output_padding) {
            (AxisPadding::Same, None) => Ends::even(span.saturating_sub(stride), missing),
            (AxisPadding::Same, Some(added)) => {
                let cut = 2 * (span / 2);
                Ends::even(cut.saturating_sub(added), added.saturating_sub(cut))
            }
            (AxisPadding::Valid, added) => Ends { before: 0, after: 0, added: added.unwrap_or(missing) },
            (AxisPadding::Explicit(before, after), added) => Ends { before, after, added: added.unwrap_or(0) },
        })
    }
}

/// The two ends of an axis that a transposed convolution has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Cells cut off before.
    pub(crate) before: usize,
    /// Cells cut off after.
    pub(crate) after: usize,
    /// Cells added after, before the cut: the output padding.
    pub(crate) added: usize,
}

impl Ends {
    /// A cut shared by both ends; an odd cell goes after, as in Keras.
    fn even(cut: usize, added: usize) -> Self {
        Self { before: cut / 2, after: cut - cut / 2, added }
    }
}

/// Product of sizes, as a count.
pub(crate) fn count(sizes: &[usize]) -> Result<u64, Rule> {
    sizes.iter().try_fold(1u64, |product, &size| product.checked_mul(size as u64).ok_or(Rule::Overflow))
}

#[cfg(test)]
mod tests;

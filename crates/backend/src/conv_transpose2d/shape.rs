//! The shapes of one transposed convolution, checked.

use super::ConvTranspose2dOptions;
use crate::Conv2dOptions;
use crate::conv2d::shape::Conv2dShape;

/// The output `[B, O, H', W']` for input `[B, C, H, W]` and filters `[C, O/groups, kh, kw]`.
///
/// # Panics
///
/// When they do not fit each other or the options.
pub(crate) fn output_dims(x: [usize; 4], weight: [usize; 4], options: &ConvTranspose2dOptions) -> [usize; 4] {
    let ConvTranspose2dOptions { stride, padding, output_padding, dilation, groups } = options;
    let shapes = || format!("conv_transpose2d of x {x:?} with weight {weight:?} and {options:?}");

    assert!(*groups > 0, "{}: groups must be at least 1", shapes());
    assert!(!stride.contains(&0), "{}: a stride must be at least 1", shapes());
    assert!(!dilation.contains(&0), "{}: a dilation must be at least 1", shapes());
    assert!(x[1] > 0 && x[1] == weight[0], "{}: weight dimension 0 must be the channels of x, {}", shapes(), x[1]);
    assert!(
        x[1].is_multiple_of(*groups),
        "{}: the channels of x, {}, must be a multiple of groups {groups}",
        shapes(),
        x[1]
    );
    assert!(weight[1] > 0, "{}: there must be an output channel", shapes());
    let output = [0, 1].map(|axis| {
        let (size, kernel, name) = (x[2 + axis], weight[2 + axis], ["height", "width"][axis]);
        assert!(size > 0, "{}: the pictures must be at least 1 x 1", shapes());
        assert!(kernel > 0, "{}: the kernel must be at least 1 x 1", shapes());
        assert!(
            output_padding[axis] < stride[axis].max(dilation[axis]),
            "{}: the output padding of {name}, {}, must be smaller than the stride or the dilation",
            shapes(),
            output_padding[axis],
        );
        let whole = full_size([size, kernel], stride[axis], dilation[axis])
            .and_then(|full| full.checked_add(output_padding[axis]))
            .unwrap_or_else(|| panic!("{}: the {name} of the output does not fit memory", shapes()));
        let cut = padding[axis][0].saturating_add(padding[axis][1]);
        assert!(
            cut < whole,
            "{}: the padding cuts {cut} pixels of {name}, but the output has {whole} before it",
            shapes()
        );
        whole - cut
    });
    [x[0], weight[1] * groups, output[0], output[1]]
}

/// (size − 1)·s + d·(kernel − 1) + 1, unless it is too large.
fn full_size([size, kernel]: [usize; 2], stride: usize, dilation: usize) -> Option<usize> {
    let extent = (kernel - 1).checked_mul(dilation)?.checked_add(1)?;
    (size - 1).checked_mul(stride)?.checked_add(extent)
}

/// Checks the tensors of one call.
///
/// # Panics
///
/// When they do not fit.
pub(crate) fn check(x: [usize; 4], weight: [usize; 4], bias: Option<usize>, options: &ConvTranspose2dOptions) {
    let channels = output_dims(x, weight, options)[1];
    assert!(
        bias.is_none_or(|len| len == channels),
        "conv_transpose2d of x {x:?} with weight {weight:?}: bias [{}] must be [{channels}], one value per output channel",
        bias.unwrap_or_default(),
    );
}

/// The convolution whose input gradient this is: its pictures are the output here, its output is `x`.
pub(crate) fn convolution(x: [usize; 4], weight: [usize; 4], options: &ConvTranspose2dOptions) -> Conv2dShape {
    let [batch, channels, height, width] = output_dims(x, weight, options);
    Conv2dShape {
        batch,
        channels: [channels, x[1]],
        input: [height, width],
        kernel: [weight[2], weight[3]],
        output: [x[2], x[3]],
        options: Conv2dOptions {
            stride: options.stride,
            padding: options.padding,
            dilation: options.dilation,
            groups: options.groups,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_as_large_as_the_formula_says() {
        let options = ConvTranspose2dOptions::default()
            .with_stride([2, 3])
            .with_padding([[1, 0], [2, 1]])
            .with_dilation([1, 2])
            .with_output_padding([1, 2]);
        let dims = output_dims([5, 4, 6, 7], [4, 3, 3, 2], &options);
        assert_eq!(dims, [5, 3, 5 * 2 + 2 + 1 + 1 - 1, 6 * 3 + 2 + 1 + 2 - 3]);
    }
}

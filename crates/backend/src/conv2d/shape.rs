//! The shapes of one convolution, checked.

use super::Conv2dOptions;

/// Everything about sizes that the kernels need.
#[derive(Clone, Debug)]
pub(crate) struct Conv2dShape {
    /// B, samples.
    pub(crate) batch: usize,
    /// C and O, over all groups.
    pub(crate) channels: [usize; 2],
    /// H and W of the input.
    pub(crate) input: [usize; 2],
    /// kh and kw.
    pub(crate) kernel: [usize; 2],
    /// H' and W' of the output.
    pub(crate) output: [usize; 2],
    /// Stride, padding, dilation and groups.
    pub(crate) options: Conv2dOptions,
}

impl Conv2dShape {
    /// The shape for input `[B, C, H, W]` and filters `[O, C/groups, kh, kw]`.
    ///
    /// # Panics
    ///
    /// When they do not fit each other or the options.
    pub(crate) fn new(x: [usize; 4], weight: [usize; 4], options: &Conv2dOptions) -> Self {
        let Conv2dOptions {
            stride,
            padding,
            dilation,
            groups,
        } = options;
        let shapes = || format!("conv2d of x {x:?} with weight {weight:?} and {options:?}");

        assert!(*groups > 0, "{}: groups must be at least 1", shapes());
        assert!(
            !stride.contains(&0),
            "{}: a stride must be at least 1",
            shapes()
        );
        assert!(
            !dilation.contains(&0),
            "{}: a dilation must be at least 1",
            shapes()
        );
        assert!(
            x[1] > 0 && x[1] == weight[1] * groups,
            "{}: weight dimension 1 must be the channels of x divided by groups, {} / {groups}",
            shapes(),
            x[1],
        );
        assert!(
            weight[0] > 0 && weight[0].is_multiple_of(*groups),
            "{}: the output channels {} must be a multiple of groups {groups}",
            shapes(),
            weight[0],
        );

        let output = [0, 1].map(|axis| {
            let (size, kernel) = (x[2 + axis], weight[2 + axis]);
            let padded = size + padding[axis][0] + padding[axis][1];
            assert!(
                kernel > 0,
                "{}: the kernel must be at least 1 x 1",
                shapes()
            );
            let extent = dilation[axis] * (kernel - 1) + 1;
            assert!(
                extent <= padded,
                "{}: the kernel covers {extent} pixels of {}, but the padded input has {padded}",
                shapes(),
                ["height", "width"][axis],
            );
            (padded - extent) / stride[axis] + 1
        });
        Self {
            batch: x[0],
            channels: [x[1], weight[0]],
            input: [x[2], x[3]],
            kernel: [weight[2], weight[3]],
            output,
            options: options.clone(),
        }
    }
}

/// Checks the tensors of one call.
///
/// # Panics
///
/// When they do not fit.
pub(crate) fn check(
    x: [usize; 4],
    weight: [usize; 4],
    bias: Option<usize>,
    options: &Conv2dOptions,
) {
    let shape = Conv2dShape::new(x, weight, options);
    assert!(
        bias.is_none_or(|len| len == shape.channels[1]),
        "conv2d of x {x:?} with weight {weight:?}: bias [{}] must be [{}], one value per output channel",
        bias.unwrap_or_default(),
        shape.channels[1],
    );
}

//! The convolution by its definition, one sum after the other, in 64-bit floats.

use super::{Case, Outcome, formula_values};

/// The outcome for a case, shapes as in the module's formula.
pub(super) fn outcome(case: &Case) -> Outcome {
    let x = formula_values(case.x.iter().product(), 1.0);
    let weight = formula_values(case.weight.iter().product(), 2.0);
    let bias = formula_values(case.weight[0], 3.0);
    let shape = output_shape(case);
    let dy = formula_values(shape.iter().product(), 4.0);

    let mut y = vec![0.0; dy.len()];
    let mut grad_x = vec![0.0; x.len()];
    let mut grad_weight = vec![0.0; weight.len()];
    let mut grad_bias = vec![0.0; bias.len()];
    for (index, at) in positions(shape).into_iter().enumerate() {
        if case.bias {
            y[index] += f64::from(bias[at[1]]);
        }
        grad_bias[at[1]] += f64::from(dy[index]);
        for (pixel, tap) in reads(case, shape, at) {
            y[index] += f64::from(x[pixel]) * f64::from(weight[tap]);
            grad_x[pixel] += f64::from(dy[index]) * f64::from(weight[tap]);
            grad_weight[tap] += f64::from(dy[index]) * f64::from(x[pixel]);
        }
    }
    let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Outcome {
        shape,
        y: single(y),
        grad_x: single(grad_x),
        grad_weight: single(grad_weight),
        grad_bias: case.bias.then(|| single(grad_bias)),
    }
}

fn output_shape(case: &Case) -> [usize; 4] {
    let options = &case.options;
    let size = |axis: usize| {
        let padded = case.x[2 + axis] + options.padding[axis].iter().sum::<usize>();
        (padded - options.dilation[axis] * (case.weight[2 + axis] - 1) - 1) / options.stride[axis] + 1
    };
    [case.x[0], case.weight[0], size(0), size(1)]
}

/// All index tuples of a shape, in order.
fn positions(shape: [usize; 4]) -> Vec<[usize; 4]> {
    let [batch, channels, height, width] = shape;
    (0..batch * channels * height * width)
        .map(|index| {
            let (plane, within) = (index / (height * width), index % (height * width));
            [plane / channels, plane % channels, within / width, within % width]
        })
        .collect()
}

/// The indices of the pixels that the output at `at` reads, with those of their filter weights.
fn reads(case: &Case, shape: [usize; 4], at: [usize; 4]) -> Vec<(usize, usize)> {
    let [sample, out_channel, row, col] = at;
    let options = &case.options;
    let [_, channels, height, width] = case.x;
    let [_, per_group, kernel_height, kernel_width] = case.weight;
    let group = out_channel * options.groups / shape[1];
    let inside = |axis: usize, output: usize, tap: usize, size: usize| {
        let padded = output * options.stride[axis] + tap * options.dilation[axis];
        padded.checked_sub(options.padding[axis][0]).filter(|&pixel| pixel < size)
    };
    positions([1, per_group, kernel_height, kernel_width])
        .into_iter()
        .filter_map(|[_, channel, u, v]| {
            let pixel_row = inside(0, row, u, height)?;
            let pixel_col = inside(1, col, v, width)?;
            let plane = sample * channels + group * per_group + channel;
            let filter = out_channel * per_group + channel;
            let pixel = (plane * height + pixel_row) * width + pixel_col;
            Some((pixel, (filter * kernel_height + u) * kernel_width + v))
        })
        .collect()
}

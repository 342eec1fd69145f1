//! The CPU kernel, for 32-bit floats: row by row, each read while it is in cache. Kept for the gradient are two numbers of each
//! row, the largest score and the logarithm of the sum.

use burn::backend::flex::FlexTensor;
use burn::backend::ops::IntTensorOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::IntDType;

use super::reference;
use crate::cpu::{Simd, Work, add_lanes, exp, fresh, fresh_pair, is_f32, tensor, vectorised, whole};

/// Scores of a part (64 KiB), which one thread computes.
const PART: usize = 16 * 1024;
/// Scores up to this number stay on the calling thread.
const SERIAL: usize = 2 * PART;
/// More lanes than any vector has.
const LANES: usize = 16;

/// As [`Backend::cross_entropy_record`](crate::Backend::cross_entropy_record); other floats than 32-bit ones take the reference.
///
/// # Panics
///
/// When a label is not a class.
pub(crate) fn record(logits: FlexTensor, labels: FlexTensor, smoothing: f64) -> (FlexTensor, FlexTensor) {
    let [samples, classes] = logits.shape().dims();
    let numbers = class_numbers(&labels, classes);
    if !is_f32(&logits) {
        return reference::record::<Flex>(logits, labels, smoothing);
    }
    let logits = whole(logits);
    let rows = rows_per_part(samples, classes);
    let (losses, record) = fresh_pair([samples, 2 * samples], [rows, 2 * rows], |part, losses, record| {
        let first = part * rows;
        let logits = &logits.storage()[first * classes..][..losses.len() * classes];
        let labels = &numbers[first..first + losses.len()];
        vectorised(Losses { logits, labels, smoothing: smoothing as f32, losses, record });
    });
    (tensor(losses, [samples]), tensor(record, [samples, 2]))
}

/// As [`Backend::cross_entropy_gradient`](crate::Backend::cross_entropy_gradient); other floats than 32-bit ones take the
/// reference.
pub(crate) fn gradient(
    logits: FlexTensor,
    labels: FlexTensor,
    record: FlexTensor,
    loss_grad: FlexTensor,
    smoothing: f64,
) -> FlexTensor {
    if ![&logits, &loss_grad].into_iter().all(is_f32) {
        return reference::gradient::<Flex>(record, labels, loss_grad, smoothing);
    }
    let [samples, classes] = logits.shape().dims();
    let numbers = class_numbers(&labels, classes);
    let (logits, record, loss_grad) = (whole(logits), whole(record), whole(loss_grad));
    let rows = rows_per_part(samples, classes);
    let gradient = fresh(samples * classes, rows * classes, |part, gradient| {
        let first = part * rows;
        let part = first..first + gradient.len() / classes;
        vectorised(Gradient {
            logits: &logits.storage()[part.start * classes..part.end * classes],
            labels: &numbers[part.clone()],
            record: &record.storage()[2 * part.start..2 * part.end],
            loss_grad: &loss_grad.storage()[part],
            smoothing: smoothing as f32,
            gradient,
        });
    });
    tensor(gradient, [samples, classes])
}

fn rows_per_part(samples: usize, classes: usize) -> usize {
    if samples * classes <= SERIAL { samples } else { (PART / classes).max(1) }
}

/// The labels as places in a row.
///
/// # Panics
///
/// When one is not a class.
fn class_numbers(labels: &FlexTensor, classes: usize) -> Vec<usize> {
    let labels = Flex::int_cast(labels.to_contiguous(), IntDType::I64);
    let class = |(sample, &label): (usize, &i64)| match usize::try_from(label) {
        Ok(class) if class < classes => class,
        _ => {
            panic!("cross entropy: label {label} of sample {sample} is outside 0..{classes}, the classes of the logits")
        }
    };
    labels.storage::<i64>().iter().enumerate().map(class).collect()
}

/// The losses of some rows.
struct Losses<'a> {
    logits: &'a [f32],
    labels: &'a [usize],
    smoothing: f32,
    losses: &'a mut [f32],
    /// Of each row the largest score and ln Σ exp(x − max x).
    record: &'a mut [f32],
}

impl Work for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { logits, labels, smoothing, losses, record } = self;
        let classes = logits.len() / labels.len().max(1);
        let rows = logits.chunks_exact(classes.max(1)).zip(labels);
        for ((row, &label), (loss, record)) in rows.zip(losses.iter_mut().zip(record.chunks_exact_mut(2))) {
            let largest = largest(simd, row);
            let logarithm = sum_of_exp(simd, row, largest).ln();
            *loss = (1.0 - smoothing) * (largest - row[label]) + logarithm;
            if smoothing > 0.0 {
                let mean = row.iter().map(|score| largest - score).sum::<f32>() / classes as f32;
                *loss += smoothing * mean;
            }
            record.copy_from_slice(&[largest, logarithm]);
        }
    }
}

#[inline(always)]
fn largest<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let mut best = simd.splat(f32::NEG_INFINITY);
    let mut blocks = row.chunks_exact(S::LANES);
    for block in &mut blocks {
        best = simd.max(best, simd.load(block));
    }
    let mut lanes = [f32::NEG_INFINITY; LANES];
    simd.store(best, &mut lanes[..S::LANES]);
    lanes.iter().chain(blocks.remainder()).fold(f32::NEG_INFINITY, |best, value| best.max(*value))
}

/// Σ exp(x − largest).
#[inline(always)]
fn sum_of_exp<S: Simd>(simd: S, row: &[f32], largest: f32) -> f32 {
    let (shift, mut sum) = (simd.splat(largest), simd.splat(0.0));
    let mut blocks = row.chunks_exact(S::LANES);
    for block in &mut blocks {
        sum = simd.add(sum, exp(simd, simd.sub(simd.load(block), shift)));
    }
    let mut lanes = [0.0; LANES];
    let rest = blocks.remainder();
    simd.store(exp(simd, simd.sub(simd.load(rest), shift)), &mut lanes[..rest.len()]);
    add_lanes(simd, sum) + lanes.iter().sum::<f32>()
}

/// The gradient of some rows.
struct Gradient<'a> {
    logits: &'a [f32],
    labels: &'a [usize],
    record: &'a [f32],
    loss_grad: &'a [f32],
    smoothing: f32,
    gradient: &'a mut [f32],
}

impl Work for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let classes = self.logits.len() / self.labels.len().max(1);
        let smoothed = simd.splat(self.smoothing / classes.max(1) as f32);
        let rows = self.logits.chunks_exact(classes.max(1)).zip(self.gradient.chunks_exact_mut(classes.max(1)));
        let kept = self.record.chunks_exact(2).zip(self.loss_grad).zip(self.labels);
        for ((row, gradient), ((record, loss_grad), label)) in rows.zip(kept) {
            let [shift, logarithm, dloss] = [record[0], record[1], *loss_grad].map(|value| simd.splat(value));
            for (scores, gradient) in row.chunks(S::LANES).zip(gradient.chunks_mut(S::LANES)) {
                let share = exp(simd, simd.sub(simd.sub(simd.load(scores), shift), logarithm));
                simd.store(simd.mul(simd.sub(share, smoothed), dloss), gradient);
            }
            gradient[*label] -= (1.0 - self.smoothing) * loss_grad;
        }
    }
}

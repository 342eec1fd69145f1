//! What the machine can do at best: the product of two matrices of 1024², the yardstick of all workloads.

use anyhow::Result;
use burn::prelude::*;
use burn::tensor::Distribution;

use crate::Rows;
use crate::rate::rate;

const SIDE: usize = 1024;

/// Measures Burn's product on Flex; a "sample" is a million multiplications and additions, so that the rate is in MFLOP/s.
pub(crate) fn product(seconds: f64) -> Result<Rows> {
    let device = Device::flex();
    let [a, b] = [(); 2].map(|()| Tensor::<2>::random([SIDE, SIDE], Distribution::Default, &device));
    let step = || drop(std::hint::black_box(a.clone().matmul(b.clone()).into_data()));
    Ok(vec![("product", rate(2 * SIDE.pow(3) / 1_000_000, seconds, step))])
}

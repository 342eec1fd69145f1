//! Adam, AdamW and stochastic gradient descent in one pass per parameter.
//!
//! They take the place of Burn's optimisers of the same names: same settings, same defaults, same numbers (Adam's and SGD's
//! to the last bit; AdamW's to rounding, because it divides once instead of three times), and records that each reads
//! from the other. Where Burn computes a step of Adam in some twelve passes over the parameter,
//! [`adam_update`](firebrick_backend::adam_update()) takes one, on both cores, and in the memory that is already there.
//!
//! ```
//! use burn::optim::GradientsParams;
//! use burn::tensor::{Device, Tensor};
//! use firebrick_layers::{LinearConfig, optim::AdamWConfig};
//!
//! let device = Device::flex().autodiff();
//! let model = LinearConfig::new(3, 1).init(&device);
//! let mut optimizer = AdamWConfig::new().with_weight_decay(0.01).init();
//!
//! let loss = model.forward(Tensor::ones([4, 3], &device)).square().mean();
//! let gradients = GradientsParams::from_grads(loss.backward(), &model);
//! let model = optimizer.step(1e-3, model, gradients);
//! # let _ = model;
//! ```
//!
//! `init` gives Burn's [`ModuleOptimizer`] for a whole model; `build` gives the bare
//! optimiser, for a group of parameters with settings of its own:
//!
//! ```
//! use burn::module::ParamGroup;
//! use firebrick_layers::optim::{AdamConfig, SgdConfig};
//!
//! let table = ParamGroup::from_predicate("embedding");
//! let lazy = AdamConfig::new().with_lazy(true).build();
//! let optimizer = SgdConfig::new().init().with_group(table, lazy, None);
//! # let _ = optimizer;
//! ```
//!
//! # Lazy steps
//!
//! With `with_lazy(true)` the rows of a parameter whose gradient is zero throughout are left alone, a row being what one
//! index of the first axis selects. For the table of an [`Embedding`](crate::Embedding) these are the words that the batch
//! does not hold; most of the pass is saved. The result differs from that of the dense step: there a row goes on moving by
//! its momentum, and its weights decay, in every step. Lazy Adam is PyTorch's `SparseAdam`: the bias correction counts all
//! steps, not those of the row. A row of a convolution or a dense layer hardly ever has a gradient of zeros: laziness is for
//! embeddings.

mod adam;
mod adamw;
mod sgd;
#[cfg(test)]
mod tests;

pub use adam::{Adam, AdamConfig};
pub use adamw::{AdamW, AdamWConfig};
pub use sgd::{Sgd, SgdConfig, SgdState};

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{ModuleOptimizer, Optimizer};

/// Burn's optimiser of whole models around `optimizer`, with clipping where it is wanted.
fn module_optimizer(optimizer: impl Optimizer, clipping: Option<&GradientClippingConfig>) -> ModuleOptimizer {
    let optimizer = ModuleOptimizer::from(optimizer);
    match clipping {
        Some(clipping) => optimizer.with_grad_clipping(clipping.init()),
        None => optimizer,
    }
}

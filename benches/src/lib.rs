//! The examples of the book and of the front page, compiled and run as documentation tests: this crate sees all others.
//!
//! The benchmarks themselves are `operations/` (criterion), `src/bin/workloads/` (whole training steps), `src/bin/convolutions/`
//! (random sizes) and `src/bin/overhead/` (what callbacks add to one).

/// The front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct FrontPage;

/// "Quick start".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/quick-start.md")]
pub struct QuickStart;

/// "Networks as data".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/networks-as-data.md")]
pub struct NetworksAsData;

/// "Why a picture wants a CNN".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/mlp-against-cnn.md")]
pub struct MlpAgainstCnn;

/// "The size of an output".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/shapes.md")]
pub struct Shapes;

/// "Padding and pooling".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/padding-and-pooling.md")]
pub struct PaddingAndPooling;

/// "More pictures from the same ones".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/augmentation.md")]
pub struct Augmentation;

/// "How to add a network".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/adding-a-network.md")]
pub struct AddingANetwork;

/// "When to stop, and what to keep".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/callbacks.md")]
pub struct Callbacks;

/// "Sequences, state and masks".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/recurrent.md")]
pub struct Recurrent;

/// "How far back a network remembers".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/long-memory.md")]
pub struct LongMemory;

/// "Two players, one game".
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/gan.md")]
pub struct Gan;

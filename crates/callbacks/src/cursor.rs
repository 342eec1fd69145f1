//! The position that a data loader asks for, so that a resumed run goes on in the middle of an epoch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Tells a data loader where the training stands when an epoch begins. Clones show the same position.
///
/// A loader that asks for it can start an epoch at any batch; hand it `move || cursor.position()`. For a loader that never asks,
/// such as Burn's own, a run can only be resumed at the beginning of an epoch.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    epoch: AtomicUsize,
    step: AtomicUsize,
    asked: AtomicBool,
}

impl Cursor {
    /// A cursor before the first epoch.
    pub fn new() -> Self {
        Self::default()
    }

    /// The epoch that begins, from 1 (0 before the training), and how many of its batches are already done. For the training
    /// data only.
    pub fn position(&self) -> (usize, usize) {
        self.shared.asked.store(true, Ordering::SeqCst);
        (self.shared.epoch.load(Ordering::SeqCst), self.shared.step.load(Ordering::SeqCst))
    }

    /// Sets the position and forgets whether somebody has asked for it.
    pub(crate) fn set(&self, epoch: usize, step: usize) {
        self.shared.epoch.store(epoch, Ordering::SeqCst);
        self.shared.step.store(step, Ordering::SeqCst);
        self.shared.asked.store(false, Ordering::SeqCst);
    }

    /// Whether the loader has asked since the last [`set`](Self::set).
    pub(crate) fn was_asked(&self) -> bool {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_position() {
        let cursor = Cursor::new();
        let loader = cursor.clone();
        cursor.set(3, 7);
        assert!(!cursor.was_asked());
        assert_eq!(loader.position(), (3, 7));
        assert!(cursor.was_asked());
    }
}

//! What tests share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The CPU backend has one random generator for the whole process: trainings must not draw from it side by side.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

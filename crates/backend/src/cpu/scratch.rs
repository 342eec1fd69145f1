//! A buffer per thread that survives the call, so that a step of training maps no fresh memory
//! for it.

use std::cell::RefCell;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `work` this thread's buffer, `len` values long; what it holds at first is arbitrary.
///
/// # Panics
///
/// When `work` asks for the buffer again. It must not start parallel work either, because a
/// waiting thread may pick up a task that asks for it.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|buffer| {
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
        work(&mut buffer[..len])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_has_the_asked_length_and_is_reused() {
        let first = with_scratch(100, |buffer| {
            assert_eq!(buffer.len(), 100);
            buffer.as_ptr()
        });
        let second = with_scratch(50, |buffer| {
            assert_eq!(buffer.len(), 50);
            buffer.as_ptr()
        });
        assert_eq!(first, second);
    }
}

//! Buffers that survive the call, so that a step of training maps no fresh memory for them: one per
//! thread, and some for what the threads of a call share.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Values of a line of the cache, 64 bytes: a vector that begins with one is read at once.
pub(crate) const LINE: usize = 16;

/// The values from the first whole line on. With [`LINE`] values to spare at least as many as are needed are left.
pub(crate) fn aligned(values: &mut [f32]) -> &mut [f32] {
    let start = values.as_ptr().align_offset(LINE * size_of::<f32>()).min(values.len());
    &mut values[start..]
}

/// Lends `work` this thread's buffer, `len` values long, which begins with a line of the cache; what it holds at first is
/// arbitrary.
///
/// # Panics
///
/// When `work` asks for the buffer again. It must not start parallel work either, because a
/// waiting thread may pick up a task that asks for it.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|buffer| {
        if buffer.len() < len + LINE {
            buffer.resize(len + LINE, 0.0);
        }
        work(&mut aligned(buffer)[..len])
    })
}

/// Buffers that no call uses at present, from the smallest to the largest, at most [`KEPT`].
static BUFFERS: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// How many buffers outlive the calls that used them.
const KEPT: usize = 4;

/// A buffer for one call, shared out among threads by it; the memory is that of an earlier call where
/// there is one. What it holds at first is arbitrary.
#[derive(Default)]
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// A buffer of `len` values.
    pub(crate) fn new(len: usize) -> Self {
        let mut buffers = buffers();
        let large_enough = buffers.iter().position(|buffer| buffer.capacity() >= len);
        let reused = large_enough.or(buffers.len().checked_sub(1)).map(|index| buffers.remove(index));
        drop(buffers);
        let mut values = reused.unwrap_or_default();
        values.resize(len, 0.0);
        Self(values)
    }

    /// The values, to be kept beyond the call; [`Buffer::from`] gives the memory back.
    pub(crate) fn into_vec(mut self) -> Vec<f32> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(values: Vec<f32>) -> Self {
        Self(values)
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() == 0 {
            return;
        }
        let mut buffers = buffers();
        buffers.push(std::mem::take(&mut self.0));
        buffers.sort_by_key(Vec::capacity);
        let surplus = buffers.len().saturating_sub(KEPT);
        buffers.drain(..surplus);
    }
}

/// A panic elsewhere cannot leave the list in disorder, so it does not matter here.
fn buffers() -> MutexGuard<'static, Vec<Vec<f32>>> {
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_have_the_asked_length_at_any_time() {
        for lens in [[5, 900], [70, 3], [0, 11]] {
            let mut lent = lens.map(Buffer::new);
            for (buffer, len) in lent.iter_mut().zip(lens) {
                assert_eq!(buffer.len(), len);
                buffer.fill(7.0);
            }
        }
        let kept: Vec<usize> = buffers().iter().map(Vec::capacity).collect();
        assert!(kept.len() <= KEPT && kept.is_sorted(), "{kept:?}");
    }

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

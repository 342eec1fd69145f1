//! Memory that is used again from picture to picture.

use crate::operation::Drawn;
use crate::picture::{Picture, Shape, Values};
use crate::policy::Aside;

/// Buffers for transforms: each thread has its own and uses it for all its pictures. After a few pictures nothing is allocated
/// any more.
///
/// A buffer that is taken holds anything; whoever takes one gives it back.
#[derive(Debug, Default)]
pub struct Workspace {
    bytes: Vec<Vec<u8>>,
    floats: Vec<Vec<f32>>,
    words: Vec<Vec<u16>>,
    numbers: Vec<Vec<i32>>,
    positions: Vec<Vec<usize>>,
    pictures: Vec<Picture>,
    pub(crate) applied: Vec<Drawn>,
    pub(crate) asides: Vec<Aside>,
}

impl Workspace {
    /// Without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A buffer of bytes with any content.
    pub fn take_bytes(&mut self, len: usize) -> Vec<u8> {
        taken(&mut self.bytes, len)
    }

    /// Gives a buffer of bytes back.
    pub fn give_bytes(&mut self, buffer: Vec<u8>) {
        self.bytes.push(buffer);
    }

    /// A buffer of floats with any content.
    pub fn take_floats(&mut self, len: usize) -> Vec<f32> {
        taken(&mut self.floats, len)
    }

    /// Gives a buffer of floats back.
    pub fn give_floats(&mut self, buffer: Vec<f32>) {
        self.floats.push(buffer);
    }

    /// A buffer of whole numbers of 16 bits with any content.
    pub fn take_words(&mut self, len: usize) -> Vec<u16> {
        taken(&mut self.words, len)
    }

    /// Gives a buffer of whole numbers of 16 bits back.
    pub fn give_words(&mut self, buffer: Vec<u16>) {
        self.words.push(buffer);
    }

    /// A buffer of whole numbers with any content.
    pub fn take_numbers(&mut self, len: usize) -> Vec<i32> {
        taken(&mut self.numbers, len)
    }

    /// Gives a buffer of whole numbers back.
    pub fn give_numbers(&mut self, buffer: Vec<i32>) {
        self.numbers.push(buffer);
    }

    /// A buffer of positions with any content.
    pub fn take_positions(&mut self, len: usize) -> Vec<usize> {
        taken(&mut self.positions, len)
    }

    /// Gives a buffer of positions back.
    pub fn give_positions(&mut self, buffer: Vec<usize>) {
        self.positions.push(buffer);
    }

    /// A picture of this shape with any content, of bytes or floats as `like` is.
    pub fn take_picture(&mut self, shape: Shape, like: &Picture) -> Picture {
        let values = match like.values() {
            Values::Bytes(_) => Values::Bytes(self.take_bytes(shape.len())),
            Values::Floats(_) => Values::Floats(self.take_floats(shape.len())),
        };
        Picture::assembled(shape, values)
    }

    /// Gives a picture's buffer back.
    pub fn give_picture(&mut self, picture: Picture) {
        match picture.into_values() {
            Values::Bytes(bytes) => self.give_bytes(bytes),
            Values::Floats(floats) => self.give_floats(floats),
        }
    }

    /// Puts a copy of a picture aside, for [`Workspace::pop_picture`].
    pub fn push_picture(&mut self, picture: &Picture) {
        let mut copy = self.take_picture(picture.shape(), picture);
        copy.copy_from(picture);
        self.pictures.push(copy);
    }

    /// The picture that was put aside last.
    pub fn pop_picture(&mut self) -> Option<Picture> {
        self.pictures.pop()
    }

    /// What was drawn and applied since the last picture began, in order.
    pub fn applied(&self) -> &[Drawn] {
        &self.applied
    }
}

/// The last buffer of a pool, or a new one; what it holds is left as it is, so that nothing is written twice.
fn taken<T: Clone + Default>(pool: &mut Vec<Vec<T>>, len: usize) -> Vec<T> {
    let mut buffer = pool.pop().unwrap_or_default();
    if buffer.len() < len {
        buffer.resize(len, T::default());
    } else {
        buffer.truncate(len);
    }
    buffer
}

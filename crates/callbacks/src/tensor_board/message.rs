//! Protocol Buffers, as far as event files need them, and the messages of TensorBoard (`event.proto`, `summary.proto`).
//!
//! ```text
//! field  = varint(number << 3 | wire type) value
//! varint = seven bits a byte, the lowest first; the eighth bit says that more follow
//! ```

use super::histogram::Histogram;

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const BYTES: u64 = 2;
const FIXED_32: u64 = 5;

/// `DataType.DT_STRING` of `types.proto`.
const STRING_TENSOR: u64 = 7;

/// `SessionLog.START`.
const SESSION_START: u64 = 1;

/// A message being written, field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn integer(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3 | VARINT);
        self.varint(value);
        self
    }

    fn double(mut self, field: u64, value: f64) -> Self {
        self.varint(field << 3 | FIXED_64);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | FIXED_32);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn message(self, field: u64, message: Message) -> Self {
        self.bytes(field, &message.0)
    }

    fn doubles(self, field: u64, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(field, &bytes)
    }
}

/// `Event`: wall time in seconds since 1970, step, and what happened.
fn event(seconds: f64, step: u64) -> Message {
    Message::default().double(1, seconds).integer(2, step)
}

/// The first event of every file.
pub(super) fn file_version(seconds: f64) -> Message {
    Message::default().double(1, seconds).text(3, "brain.Event:2")
}

/// The beginning of a session: readers drop what earlier files hold from this step on.
pub(super) fn session_start(seconds: f64, step: u64) -> Message {
    event(seconds, step).message(7, Message::default().integer(1, SESSION_START))
}

/// A value under a tag, a field of `Summary.Value` from one of the functions below.
pub(super) fn summary(seconds: f64, step: u64, tag: &str, value: Message) -> Message {
    let mut fields = Message::default().text(1, tag);
    fields.0.extend(value.0);
    event(seconds, step).message(5, Message::default().message(1, fields))
}

pub(super) fn scalar(value: f32) -> Message {
    Message::default().float(2, value)
}

/// `HistogramProto`
pub(super) fn histogram(of: &Histogram) -> Message {
    let moments = Message::default()
        .double(1, of.min)
        .double(2, of.max)
        .double(3, of.count)
        .double(4, of.sum)
        .double(5, of.sum_of_squares);
    Message::default().message(5, moments.doubles(6, &of.limits).doubles(7, &of.buckets))
}

/// `Summary.Image`; colour channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
pub(super) fn image(height: u32, width: u32, channels: u64, png: &[u8]) -> Message {
    let size = Message::default().integer(1, height.into()).integer(2, width.into());
    Message::default().message(4, size.integer(3, channels).bytes(4, png))
}

/// A tensor of one string for the text plugin, which renders Markdown.
pub(super) fn text(text: &str) -> Message {
    let scalar_shape = Message::default();
    let tensor = Message::default().integer(1, STRING_TENSOR).message(2, scalar_shape).text(8, text);
    let plugin = Message::default().text(1, "text");
    Message::default().message(8, tensor).message(9, Message::default().message(1, plugin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_seven_bits_a_byte() {
        let cases: [(u64, &[u8]); 5] = [
            (0, &[0x08, 0]),
            (127, &[0x08, 0x7F]),
            (128, &[0x08, 0x80, 0x01]),
            (300, &[0x08, 0xAC, 0x02]),
            (u64::MAX, &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ];
        for (value, bytes) in cases {
            assert_eq!(Message::default().integer(1, value).into_bytes(), bytes, "{value}");
        }
    }

    #[test]
    fn a_text_is_the_bytes_that_tensorboards_own_code_writes() {
        // `tensorboard.plugins.text.summary_v2.text_pb("a", "b").SerializeToString()`, after the event's first fields.
        let bytes = summary(0.0, 0, "a", text("b")).into_bytes();
        let expected = b"\x2a\x18\x0a\x16\x0a\x01a\x42\x07\x08\x07\x12\x00\x42\x01b\x4a\x08\x0a\x06\x0a\x04text";
        assert_eq!(bytes[11..], *expected);
    }

    #[test]
    fn a_scalar_is_a_float_under_its_tag() {
        let bytes = summary(1.0, 2, "loss", scalar(0.5)).into_bytes();
        let expected = b"\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x00\x3f";
        assert_eq!(bytes, expected);
    }
}

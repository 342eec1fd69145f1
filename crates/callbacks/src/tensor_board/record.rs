//! TFRecord, the framing of event files.
//!
//! ```text
//! record = length: u64 | masked(crc32c(length)) : u32 | data | masked(crc32c(data)) : u32          little-endian
//! masked(crc) = (crc rotated right by 15 bits) + 0xa282ead8
//! ```

use super::checksum::crc32c;

const MASK: u32 = 0xA282_EAD8;

fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(MASK)
}

/// The data in its frame.
pub(super) fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let checksum = |bytes| masked(crc32c(bytes)).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_length_in_front_and_a_checksum_after_each_part() {
        let record = record(b"kiln");
        assert_eq!(record.len(), 8 + 4 + 4 + 4);
        assert_eq!(record[..8], 4_u64.to_le_bytes());
        assert_eq!(record[12..16], *b"kiln");
        assert_eq!(record[16..], masked(crc32c(b"kiln")).to_le_bytes());
    }
}

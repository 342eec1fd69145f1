//! TFRecord, the framing of event files.
//!
//! ```text
//! record = length: u64 | masked(crc32c(length)) : u32 | data | masked(crc32c(data)) : u32          little-endian
//! masked(crc) = (crc rotated right by 15 bits) + 0xa282ead8
//! ```
//!
//! CRC-32C is Castagnoli's (RFC 3720, appendix B.4): polynomial 0x1edc6f41, reflected.

/// The polynomial with its bits reversed.
const POLYNOMIAL: u32 = 0x82F6_3B78;

const MASK: u32 = 0xA282_EAD8;

/// The checksum's step for each byte.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ TABLE[(crc as u8 ^ byte) as usize])
}

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
    fn checksums_are_those_of_the_rfc() {
        let ascending: Vec<u8> = (0..32).collect();
        let cases: [(&[u8], u32); 5] = [
            (b"", 0),
            (b"123456789", 0xE306_9283),
            (&[0; 32], 0x8A91_36AA),
            (&[0xFF; 32], 0x62A8_AB43),
            (&ascending, 0x46DD_794E),
        ];
        for (bytes, crc) in cases {
            assert_eq!(crc32c(bytes), crc, "{bytes:?}");
        }
    }

    #[test]
    fn a_record_has_its_length_in_front_and_a_checksum_after_each_part() {
        let record = record(b"kiln");
        assert_eq!(record.len(), 8 + 4 + 4 + 4);
        assert_eq!(record[..8], 4_u64.to_le_bytes());
        assert_eq!(record[12..16], *b"kiln");
        assert_eq!(record[16..], masked(crc32c(b"kiln")).to_le_bytes());
    }
}

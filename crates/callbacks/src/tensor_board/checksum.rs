//! Cyclic redundancy checks of 32 bits, reflected: CRC-32C of TFRecord (Castagnoli; RFC 3720, appendix B.4) and CRC-32 of PNG
//! (ISO 3309; RFC 2083, section 15).

/// The step for each byte.
type Table = [u32; 256];

/// Castagnoli's polynomial 0x1edc6f41, its bits reversed.
const CASTAGNOLI: Table = table(0x82F6_3B78);

/// The polynomial 0x04c11db7, its bits reversed.
const ISO_3309: Table = table(0xEDB8_8320);

const fn table(polynomial: u32) -> Table {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

fn crc(table: &Table, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ table[(crc as u8 ^ byte) as usize])
}

pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    crc(&CASTAGNOLI, bytes)
}

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc(&ISO_3309, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_published_ones() {
        let ascending: Vec<u8> = (0..32).collect();
        let cases: [(&[u8], u32); 5] = [
            (b"", 0),
            (b"123456789", 0xE306_9283),
            (&[0; 32], 0x8A91_36AA),
            (&[0xFF; 32], 0x62A8_AB43),
            (&ascending, 0x46DD_794E),
        ];
        for (bytes, checksum) in cases {
            assert_eq!(crc32c(bytes), checksum, "{bytes:?}");
        }
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        // The last chunk of every PNG file.
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }
}

//! What coefficients are rounded to multiples of: the example tables of the standard (ITU-T T.81, annex K.1), scaled by the
//! quality as libjpeg does.

/// Of lightness, row by row.
const LUMINANCE: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// Of colours: its upper left corner of 4 x 4; all else is 99.
const CHROMINANCE: [[u16; 4]; 4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]];

/// Steps of the 8 x 8 coefficients.
pub(super) type Steps = [[i32; 8]; 8];

/// The steps of lightness.
pub(super) fn luminance(quality: u8) -> Steps {
    steps(quality, |row, column| LUMINANCE[8 * row + column])
}

/// The steps of colours.
pub(super) fn chrominance(quality: u8) -> Steps {
    steps(quality, |row, column| if row < 4 && column < 4 { CHROMINANCE[row][column] } else { 99 })
}

fn steps(quality: u8, table: impl Fn(usize, usize) -> u16) -> Steps {
    let quality = i32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let step = |row, column| ((i32::from(table(row, column)) * percent + 50) / 100).clamp(1, 255);
    std::array::from_fn(|row| std::array::from_fn(|column| step(row, column)))
}

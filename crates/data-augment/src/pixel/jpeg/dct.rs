//! The cosine transform of 8 x 8 values and its inverse in whole numbers (Loeffler, Ligtenberg & Moschytz, 1989,
//! <https://doi.org/10.1109/ICASSP.1989.266596>), with the precision that libjpeg's accurate one has: 13 bits behind the point
//! in constants, 2 between the passes.

use super::quantization::Steps;

/// Eight vectors of eight: a transform runs over the vectors, in all eight lanes at once.
type Block = [[i32; 8]; 8];

const CONSTANT_BITS: u32 = 13;
const PASS_BITS: u32 = 2;

// Cosines and their sums, times 2^13.
const C0_298: i32 = 2446;
const C0_390: i32 = 3196;
const C0_541: i32 = 4433;
const C0_765: i32 = 6270;
const C0_899: i32 = 7373;
const C1_175: i32 = 9633;
const C1_501: i32 = 12299;
const C1_847: i32 = 15137;
const C1_961: i32 = 16069;
const C2_053: i32 = 16819;
const C2_562: i32 = 20995;
const C3_072: i32 = 25172;

/// Rounds all 8 x 8 bytes of a block, whose rows are `stride` apart, to what is left of them.
#[inline(always)]
pub(super) fn round_block(plane: &mut [u8], stride: usize, steps: &Steps) {
    let mut block = [[0; 8]; 8];
    for (y, row) in plane.chunks(stride).take(8).enumerate() {
        for x in 0..8 {
            block[x][y] = i32::from(row[x]) - 128;
        }
    }
    forward(
        &mut block,
        #[inline(always)]
        |value| value << PASS_BITS,
        CONSTANT_BITS - PASS_BITS,
    );
    transpose(&mut block);
    forward(
        &mut block,
        #[inline(always)]
        |value| rounded(value, PASS_BITS),
        CONSTANT_BITS + PASS_BITS,
    );
    for (row, steps) in block.iter_mut().zip(steps) {
        for x in 0..8 {
            row[x] = quantized(row[x], steps[x]);
        }
    }
    inverse(&mut block, CONSTANT_BITS - PASS_BITS);
    transpose(&mut block);
    inverse(&mut block, CONSTANT_BITS + PASS_BITS + 3);
    for (y, row) in plane.chunks_mut(stride).take(8).enumerate() {
        for x in 0..8 {
            row[x] = (block[x][y] + 128).clamp(0, 255) as u8;
        }
    }
}

/// The nearest multiple of a step. The coefficient is eight times as large as it counts.
#[inline(always)]
fn quantized(coefficient: i32, step: i32) -> i32 {
    let divisor = 8 * step;
    // Both below 2^24: the quotient of floats has the same whole part.
    let times = ((coefficient.abs() + divisor / 2) as f32 / divisor as f32) as i32;
    let multiple = times * step;
    if coefficient < 0 { -multiple } else { multiple }
}

#[inline(always)]
fn rounded(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

#[inline(always)]
fn transpose(block: &mut Block) {
    let from = *block;
    for y in 0..8 {
        for x in 0..8 {
            block[y][x] = from[x][y];
        }
    }
}

/// What the odd coefficients and the odd values have to do with each other is the same both ways.
#[inline(always)]
fn odd([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    let (ad, bc, ac, bd) = (a + d, b + c, a + c, b + d);
    let all = (ac + bd) * C1_175;
    let (ad, bc) = (-ad * C0_899, -bc * C2_562);
    let (ac, bd) = (all - ac * C1_961, all - bd * C0_390);
    [a * C0_298 + ad + ac, b * C2_053 + bc + bd, c * C3_072 + bc + ac, d * C1_501 + ad + bd]
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "lane by lane through several arrays: what becomes vector code")]
fn forward(block: &mut Block, even: impl Fn(i32) -> i32, bits: u32) {
    for lane in 0..8 {
        let at = |i: usize| block[i][lane];
        let sums = [at(0) + at(7), at(1) + at(6), at(2) + at(5), at(3) + at(4)];
        let differences = [at(3) - at(4), at(2) - at(5), at(1) - at(6), at(0) - at(7)];
        let (outer, inner) = (sums[0] + sums[3], sums[1] + sums[2]);
        let (outer_half, inner_half) = (sums[0] - sums[3], sums[1] - sums[2]);
        let both = (outer_half + inner_half) * C0_541;
        let [seven, five, three, one] = odd(differences);
        block[0][lane] = even(outer + inner);
        block[4][lane] = even(outer - inner);
        block[2][lane] = rounded(both + outer_half * C0_765, bits);
        block[6][lane] = rounded(both - inner_half * C1_847, bits);
        block[7][lane] = rounded(seven, bits);
        block[5][lane] = rounded(five, bits);
        block[3][lane] = rounded(three, bits);
        block[1][lane] = rounded(one, bits);
    }
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "lane by lane through several arrays: what becomes vector code")]
fn inverse(block: &mut Block, bits: u32) {
    for lane in 0..8 {
        let at = |i: usize| block[i][lane];
        let both = (at(2) + at(6)) * C0_541;
        let (two, three) = (both - at(6) * C1_847, both + at(2) * C0_765);
        let (zero, one) = ((at(0) + at(4)) << CONSTANT_BITS, (at(0) - at(4)) << CONSTANT_BITS);
        let even = [zero + three, one + two, one - two, zero - three];
        let [d, c, b, a] = odd([at(7), at(5), at(3), at(1)]);
        for (i, (even, odd)) in even.into_iter().zip([a, b, c, d]).enumerate() {
            block[i][lane] = rounded(even + odd, bits);
            block[7 - i][lane] = rounded(even - odd, bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_steps_lose_next_to_nothing_and_coarse_ones_leave_the_mean() {
        let bytes: Vec<u8> = (0..64u32).map(|i| (i * i * 31 % 256) as u8).collect();
        let mut fine = bytes.clone();
        round_block(&mut fine, 8, &[[1; 8]; 8]);
        assert!(fine.iter().zip(&bytes).all(|(a, b)| a.abs_diff(*b) <= 2), "{fine:?}");
        let mut ramp: Vec<u8> = (0..64).map(|i| 100 + i / 8).collect();
        round_block(&mut ramp, 8, &[[255; 8]; 8]);
        assert!(ramp.windows(2).all(|pair| pair[0] == pair[1]), "{ramp:?}");
    }
}

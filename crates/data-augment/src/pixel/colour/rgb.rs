//! Functions of a pixel's three colours.

use crate::picture::{Picture, ValuesMut};
use crate::value::Value;

/// Pixels that are taken apart into planes at a time: a step from pixels to planes or back, or the arithmetic, is a loop that the
/// compiler makes vector code of; all three in one are not.
const LANES: usize = 256;

/// Replaces red, green and blue, 0 to white, by a function of the three and of white; alpha stays, and so do pictures without
/// colours. Results are cut off at black and white.
#[inline(always)]
pub(super) fn map_colours(picture: &mut Picture, function: impl Fn([f32; 3], f32) -> [f32; 3]) {
    let channels = picture.shape().channels;
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => wide!(map_values(bytes, channels, function)),
        ValuesMut::Floats(floats) => wide!(map_values(floats, channels, function)),
    }
}

#[inline(always)]
fn map_values<T: Value>(values: &mut [T], channels: usize, function: impl Fn([f32; 3], f32) -> [f32; 3]) {
    match channels {
        3 => map_pixels::<T, 3>(values, function),
        4 => map_pixels::<T, 4>(values, function),
        _ => {}
    }
}

#[inline(always)]
fn map_pixels<T: Value, const C: usize>(values: &mut [T], function: impl Fn([f32; 3], f32) -> [f32; 3]) {
    let (blocks, rest) = values.as_chunks_mut::<C>().0.as_chunks_mut::<LANES>();
    for block in blocks {
        map_block(block, &function);
    }
    if !rest.is_empty() {
        let mut block = [[T::default(); C]; LANES];
        block[..rest.len()].copy_from_slice(rest);
        map_block(&mut block, &function);
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

#[inline(always)]
fn map_block<T: Value, const C: usize>(block: &mut [[T; C]; LANES], function: impl Fn([f32; 3], f32) -> [f32; 3]) {
    let mut planes = [[T::default(); LANES]; 3];
    take_apart(block, &mut planes);
    map_planes(&mut planes, function);
    put_together(block, &planes);
}

#[inline(always)]
fn take_apart<T: Value, const C: usize>(block: &[[T; C]; LANES], [red, green, blue]: &mut [[T; LANES]; 3]) {
    for i in 0..LANES {
        (red[i], green[i], blue[i]) = (block[i][0], block[i][1], block[i][2]);
    }
}

#[inline(always)]
fn map_planes<T: Value>([red, green, blue]: &mut [[T; LANES]; 3], function: impl Fn([f32; 3], f32) -> [f32; 3]) {
    for i in 0..LANES {
        let [r, g, b] = function([red[i].float(), green[i].float(), blue[i].float()], T::WHITE);
        red[i] = T::of(r.clamp(0.0, T::WHITE));
        green[i] = T::of(g.clamp(0.0, T::WHITE));
        blue[i] = T::of(b.clamp(0.0, T::WHITE));
    }
}

#[inline(always)]
fn put_together<T: Value, const C: usize>(block: &mut [[T; C]; LANES], [red, green, blue]: &[[T; LANES]; 3]) {
    for i in 0..LANES {
        (block[i][0], block[i][1], block[i][2]) = (red[i], green[i], blue[i]);
    }
}

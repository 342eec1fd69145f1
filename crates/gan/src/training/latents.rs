//! Noise that depends on its key alone.

use burn::tensor::{Device, Tensor, TensorData};
use firebrick_data::random::Draws;

/// Noise for the pictures `range` of a seed, `[N, Z]`: picture i has the same noise however many are asked for.
pub fn latents(range: std::ops::Range<usize>, size: usize, seed: u64, device: &Device) -> Tensor<2> {
    let count = range.len();
    let numbers = range.flat_map(|i| {
        let mut draws = Draws::new(&[seed, i as u64]);
        (0..size).map(move |_| draws.normal() as f32)
    });
    Tensor::from_data(TensorData::new(numbers.collect::<Vec<f32>>(), [count, size]), device)
}

/// `steps` points on the way from `from` to `to`, `[1, Z]` each, both included: `[steps, Z]`. The way lies on the sphere, where normal noise
/// of many numbers lies too (White, 2016, <https://arxiv.org/abs/1609.04468>).
///
/// ```text
/// z(t) = (sin((1 − t)·Ω)·a + sin(t·Ω)·b) / sin Ω        Ω the angle between a and b, t in 0..1
/// ```
///
/// # Panics
/// When the two have different sizes.
pub fn interpolated(from: Tensor<2>, to: Tensor<2>, steps: usize) -> Tensor<2> {
    let product = |a: &Tensor<2>, b: &Tensor<2>| f64::from((a.clone() * b.clone()).sum().into_scalar::<f32>());
    let cosine = product(&from, &to) / (product(&from, &from) * product(&to, &to)).sqrt().max(f64::MIN_POSITIVE);
    let angle = cosine.clamp(-1.0, 1.0).acos();
    let at = |step: usize| {
        let t = step as f64 / (steps.max(2) - 1) as f64;
        let [a, b] = match angle.sin() {
            sine if sine > 1e-6 => [((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine],
            _ => [1.0 - t, t], // the same direction: a straight line
        };
        from.clone() * a + to.clone() * b
    };
    Tensor::cat((0..steps).map(at).collect(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_same_noise_however_many_are_asked_for() {
        let device = Device::flex();
        let values = |noise: Tensor<2>| noise.into_data().iter::<f32>().collect::<Vec<_>>();
        let all = values(latents(0..5, 3, 7, &device));
        assert_eq!(values(latents(2..4, 3, 7, &device)), all[6..12]);
        assert_ne!(values(latents(0..5, 3, 8, &device)), all);
    }

    #[test]
    fn the_way_between_two_points_keeps_their_length_and_ends_in_them() {
        let device = Device::flex();
        let a = Tensor::<2>::from_floats([[3.0, 0.0]], &device);
        let b = Tensor::<2>::from_floats([[0.0, 3.0]], &device);
        let way: Vec<f32> = interpolated(a.clone(), b, 5).into_data().iter::<f32>().collect();
        assert!((way[0] - 3.0).abs() < 1e-6 && way[1].abs() < 1e-6 && (way[9] - 3.0).abs() < 1e-6);
        assert!(way.chunks(2).all(|point| (point[0].hypot(point[1]) - 3.0).abs() < 1e-5), "{way:?}");
        let still: Vec<f32> = interpolated(a.clone(), a, 3).into_data().iter::<f32>().collect();
        assert_eq!(still, [3.0, 0.0, 3.0, 0.0, 3.0, 0.0]);
    }
}

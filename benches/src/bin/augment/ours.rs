//! Our side: a pipeline of one transform, applied to copies of one picture.

use std::time::Instant;

use anyhow::Result;
use firebrick_data_augment::{Key, Picture, Pipeline, Sample, ValuesMut, Workspace};

use super::transforms::{Measured, Size};

/// A pipeline with its picture.
#[derive(Debug)]
pub(crate) struct Ours {
    pipeline: Pipeline,
    picture: Picture,
}

impl Ours {
    pub(crate) fn new(transform: &Measured, size: Size) -> Result<Self> {
        let pipeline = Pipeline::from_json(&format!("{{\"transforms\": [{}]}}", transform.settings(size)))?;
        let picture = Picture::from_bytes(size.pixels(), size.shape())?;
        Ok(Self { pipeline, picture })
    }

    /// Pictures per second, on all threads together. Of short repetitions the best counts, less the best for copying the picture
    /// alone: peers read theirs where it lies.
    pub(crate) fn rate(&self, seconds: f64, threads: usize) -> Result<f64> {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|worker| scope.spawn(move || self.alone(seconds, worker))).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker ends")).sum()
        })
    }

    fn alone(&self, seconds: f64, worker: usize) -> Result<f64> {
        let mut space = Workspace::new();
        let mut sample = Sample::new(self.picture.clone());
        let copied = best(seconds / 4.0, || {
            self.fresh(&mut sample, &mut space);
            Ok(())
        })?;
        let mut index = worker as u64 * 1_000_000_000;
        let all = best(seconds, || {
            self.fresh(&mut sample, &mut space);
            index += 1;
            Ok(self.pipeline.apply(&mut sample, Key { seed: 1, epoch: 1, index }, &mut space)?)
        })?;
        Ok(1.0 / (all - copied).max(1e-9))
    }

    /// The picture as it was, in the sample: what a loader does for each picture.
    fn fresh(&self, sample: &mut Sample, space: &mut Workspace) {
        if sample.shape() != self.picture.shape() || sample.picture.bytes().is_none() {
            let fitting = space.take_picture(self.picture.shape(), &self.picture);
            space.give_picture(std::mem::replace(&mut sample.picture, fitting));
        }
        if let (ValuesMut::Bytes(to), Some(from)) = (sample.picture.values_mut(), self.picture.bytes()) {
            to.copy_from_slice(from);
        }
    }
}

/// Seconds of one call: of repetitions of about two milliseconds the best.
fn best(seconds: f64, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let (start, mut count, mut best) = (Instant::now(), 1, f64::INFINITY);
    while start.elapsed().as_secs_f64() < seconds {
        let turn = Instant::now();
        for _ in 0..count {
            work()?;
        }
        let each = turn.elapsed().as_secs_f64() / f64::from(count);
        best = best.min(each);
        count = ((2e-3 / each) as u32).clamp(1, 1000);
    }
    Ok(best)
}

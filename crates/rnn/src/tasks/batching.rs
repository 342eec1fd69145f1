//! How sequences are put together in batches.

use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use firebrick_callbacks::Cursor;
use firebrick_callbacks::fit::FitConfig;
use firebrick_data::{
    Collate, Length, LengthBuckets, Loader, LoaderConfig, Padding, SequenceCollate, SequenceItem, Sequences, Side,
};

use super::TaskError;
use crate::SequenceShape;

/// How sequences are put together in batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batching {
    /// How they get one length.
    pub(super) padding: Padding,
    /// Whether sequences of similar length share a batch.
    pub(super) buckets: bool,
}

impl Default for Batching {
    fn default() -> Self {
        Self { padding: Padding::default(), buckets: true }
    }
}

/// The loaders of a training and its cursor, for batches B.
pub(super) struct Fed<B> {
    pub(super) train: Arc<dyn DataLoader<B>>,
    pub(super) valid: Arc<dyn DataLoader<B>>,
    pub(super) cursor: Cursor,
    /// Batches of an epoch.
    pub(super) batches: usize,
}

impl Batching {
    pub(super) fn collate(&self) -> SequenceCollate {
        SequenceCollate::new().with_padding(self.padding)
    }

    /// The loaders of training and validation sequences.
    pub(super) fn fed<B: Send + 'static>(
        &self,
        [train, valid]: [&Sequences; 2],
        collate: impl Collate<SequenceItem, B> + Clone + 'static,
        config: &FitConfig,
    ) -> Fed<B> {
        let cursor = Cursor::new();
        let position = cursor.clone();
        let order = LoaderConfig::new(config.batch_size).with_workers(config.workers);
        let shuffled = order.clone().with_shuffle(config.seed);
        let train = self.loader(train, collate.clone(), shuffled).with_position(move || position.position());
        let valid = self.loader(valid, collate, order).with_position(|| (1, 0));
        let batches = train.num_batches();
        Fed { train: Arc::new(train), valid: Arc::new(valid), cursor, batches }
    }

    fn loader<B: Send + 'static>(
        &self,
        sequences: &Sequences,
        collate: impl Collate<SequenceItem, B> + 'static,
        config: LoaderConfig,
    ) -> Loader<SequenceItem, B> {
        let loader = Loader::new(Arc::new(sequences.clone()), Arc::new(collate), config);
        match self.buckets {
            true => loader.with_sampler(Arc::new(LengthBuckets::new(sequences.lengths()))),
            false => loader,
        }
    }

    /// The positions of the sequences in batches of at most `size`, those of similar length together.
    pub(super) fn by_length(sequences: &Sequences, size: usize) -> Vec<Vec<usize>> {
        let lengths = sequences.lengths();
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&i| lengths[i]);
        order.chunks(size).map(<[usize]>::to_vec).collect()
    }

    /// How many steps of a sequence are kept, and before which of them cut ones lie.
    pub(super) fn kept(&self, length: usize) -> std::ops::Range<usize> {
        let kept = self.padding.kept(length, self.padding.steps(length));
        let start = match self.padding.truncation {
            Side::Pre => length - kept,
            Side::Post => 0,
        };
        start..start + kept
    }

    /// What a network is told of its input.
    pub(super) fn shape(&self, sequences: &Sequences) -> SequenceShape {
        self.shape_of(sequences.features())
    }

    /// The same for steps of so many numbers, or of ids.
    pub(super) fn shape_of(&self, features: Option<usize>) -> SequenceShape {
        let shape = features.map_or_else(SequenceShape::ids, SequenceShape::features);
        match self.padding.length {
            Length::Fixed(_) => shape.with_steps(self.padding.steps(1)),
            Length::Longest | Length::AtMost(_) => shape,
        }
    }

    pub(super) fn check(&self) -> Result<(), TaskError> {
        Ok(self.padding.check()?)
    }
}

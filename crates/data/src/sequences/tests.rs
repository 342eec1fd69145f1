//! Sequences keep steps and targets together, and a batch holds what its sequences hold.

use std::sync::Arc;

use burn::tensor::Device;

use super::*;
use crate::{BatchContext, Collate, LengthBuckets, Loader, LoaderConfig, Position};

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| i.to_string()).collect()
}

fn collate(collate: &SequenceCollate, sequences: &Sequences, indices: &[usize]) -> SequenceBatch {
    let items = indices.iter().map(|&i| sequences.item(i)).collect();
    let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: indices.to_vec() };
    collate.collate(items, &context, &Device::flex())
}

fn ids(batch: &SequenceBatch) -> Vec<i64> {
    let BatchInputs::Ids(ids) = &batch.inputs else { panic!("a batch of ids") };
    ids.to_data().iter::<i64>().collect()
}

#[test]
fn a_part_shows_the_steps_and_targets_of_its_sequences() {
    let targets = Targets::classes(vec![2, 0, 1], names(3));
    let sequences = Sequences::of_ids(&[vec![1], vec![2, 3], vec![4, 5, 6]], targets).unwrap();
    let part = sequences.subset(&[2, 1, 2]).subset(&[1, 0]);
    assert_eq!((part.len(), part.lengths(), part.labels()), (2, vec![2, 3], Some(vec![0, 1])));
    assert_eq!((part.ids(0), part.ids(1)), (Some(&[2, 3][..]), Some(&[4, 5, 6][..])));
    let expected = SequenceItem { index: 1, steps: Steps::Ids(vec![4, 5, 6]), target: Target::Class(1), weight: None };
    assert_eq!(Dataset::get(&part, 1).unwrap(), expected);
    assert_eq!((part.values(0), part.features(), part.classes().unwrap().len()), (None, None, 3));

    let targets = Targets::values(vec![1.0, 2.0, 3.0, 4.0], 2);
    let signals = Sequences::of_values(&[vec![0.1, 0.2], vec![0.3, 0.4, 0.5, 0.6]], 2, targets).unwrap().subset(&[1]);
    assert_eq!((signals.lengths(), signals.features()), (vec![2], Some(2)));
    assert_eq!(
        (signals.values(0).unwrap(), signals.target(0)),
        (&[0.3, 0.4, 0.5, 0.6][..], Target::Values(vec![3.0, 4.0]))
    );
}

#[test]
fn a_batch_pads_ids_and_tags_and_says_which_steps_count() {
    let tags = vec![vec![1], vec![UNTAGGED, 0, 2]];
    let sequences = Sequences::of_ids(&[vec![7], vec![8, 9, 5]], Targets::tags(tags, names(3))).unwrap();
    let batch = collate(&SequenceCollate::new(), &sequences, &[1, 0]);
    assert_eq!((batch.dims(), ids(&batch)), ([2, 3], vec![8, 9, 5, 7, 0, 0]));
    assert_eq!((batch.lengths.clone(), batch.indices.clone()), (vec![3, 1], vec![1, 0]));
    let BatchTargets::Tags { tags, counted } = &batch.targets else { panic!("tags") };
    assert_eq!(tags.to_data().iter::<i64>().collect::<Vec<_>>(), [0, 0, 2, 1, 0, 0]);
    let counted: Vec<bool> = counted.to_data().iter::<bool>().collect();
    assert_eq!(counted, [false, true, true, true, false, false]);
    let mask: Vec<bool> = batch.mask(&Device::flex()).to_data().iter::<bool>().collect();
    assert_eq!(mask, [true, true, true, true, false, false]);
}

#[test]
fn padding_at_the_beginning_moves_steps_tags_and_mask_alike() {
    let tags = vec![vec![1, 2, 0], vec![2]];
    let sequences = Sequences::of_ids(&[vec![7, 8, 9], vec![4]], Targets::tags(tags, names(3))).unwrap();
    let padding = Padding::new().with_padding(Side::Pre).with_truncation(Side::Pre).with_length(Length::Fixed(2));
    let batch = collate(&SequenceCollate::new().with_padding(padding).with_padding_id(99), &sequences, &[0, 1]);
    assert_eq!((ids(&batch), batch.lengths.clone()), (vec![8, 9, 99, 4], vec![2, 1]));
    let BatchTargets::Tags { tags, counted } = &batch.targets else { panic!("tags") };
    assert_eq!(tags.to_data().iter::<i64>().collect::<Vec<_>>(), [2, 0, 0, 2]);
    let mask = batch.mask(&Device::flex()).to_data();
    assert_eq!(mask, counted.to_data());
    assert_eq!(mask.iter::<bool>().collect::<Vec<_>>(), [true, true, false, true]);
}

#[test]
fn a_batch_of_values_holds_features_and_numbers() {
    let targets = Targets::values(vec![0.5, 1.5], 1);
    let signals = Sequences::of_values(&[vec![1.0, 2.0, 3.0, 4.0], vec![5.0, 6.0]], 2, targets).unwrap();
    let padding = Padding::new().with_multiple_of(3);
    let batch = collate(&SequenceCollate::new().with_padding(padding), &signals, &[0, 1]);
    let BatchInputs::Values(values) = &batch.inputs else { panic!("values") };
    assert_eq!((values.dims(), batch.lengths.clone()), ([2, 3, 2], vec![2, 1]));
    let expected = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(values.to_data().iter::<f32>().collect::<Vec<_>>(), expected);
    let BatchTargets::Values(numbers) = &batch.targets else { panic!("numbers") };
    assert_eq!((numbers.dims(), numbers.to_data().iter::<f32>().collect::<Vec<_>>()), ([2, 1], vec![0.5, 1.5]));
}

#[test]
fn a_loader_of_buckets_goes_on_from_any_step_on_any_number_of_workers() {
    let sequences: Vec<Vec<u32>> = (0..50u32).map(|i| vec![i; (i * 7 % 13) as usize + 1]).collect();
    let sequences = Sequences::of_ids(&sequences, Targets::Unknown).unwrap();
    let buckets = Arc::new(LengthBuckets::new(sequences.lengths()).with_pool(3));
    let seen = |workers, step| {
        let config = LoaderConfig::new(4).with_shuffle(9).with_workers(workers);
        let loader = Loader::new(Arc::new(sequences.clone()), Arc::new(SequenceCollate::new()), config);
        let batches =
            loader.with_sampler(buckets.clone()).with_device(&Device::flex()).batches(Position { epoch: 2, step });
        batches.map(|batch| batch.map(|batch| (batch.indices, batch.lengths)).unwrap()).collect::<Vec<_>>()
    };
    let whole = seen(0, 0);
    assert_eq!((whole.len(), whole.iter().map(|batch| batch.0.len()).sum::<usize>()), (13, 50));
    for step in [0, 5, 12, 13] {
        assert_eq!(seen(3, step), whole[step..]);
    }
}

#[test]
fn rows_of_pictures_put_the_channels_side_by_side() {
    let images = crate::Images::new((0..8).collect(), [2, 2, 2], vec![0], names(1)).unwrap().with_scale(1.0);
    let rows = Sequences::of_rows(&images);
    assert_eq!(rows.values(0), Some(&[0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0][..]));
}

#[test]
fn each_rule_has_its_message() {
    let ids = |sequences: &[Vec<u32>], targets| Sequences::of_ids(sequences, targets).unwrap_err().to_string();
    let values = |sequences: &[Vec<f32>], features| {
        Sequences::of_values(sequences, features, Targets::Unknown).unwrap_err().to_string()
    };
    assert!(ids(&[vec![1], vec![]], Targets::Unknown).contains("sequence 1 has no step"));
    assert!(ids(&[vec![1]], Targets::classes(vec![0, 0], names(1))).contains("2 targets for 1 sequences"));
    assert!(ids(&[vec![1]], Targets::classes(vec![1], names(1))).contains("sequence 0 has the class or tag 1"));
    assert!(ids(&[vec![1, 2]], Targets::tags(vec![vec![0]], names(1))).contains("2 steps and 1 tags"));
    assert!(ids(&[vec![1]], Targets::tags(vec![vec![3]], names(3))).contains("class or tag 3"));
    assert!(ids(&[vec![1]], Targets::values(vec![], 0)).contains("0 target numbers"));
    assert!(ids(&[vec![1]], Targets::values(vec![1.0, f32::NAN], 2)).contains("1 target numbers instead of 2"));
    assert!(values(&[vec![]], 0).contains("0 features"));
    assert!(values(&[vec![1.0, 2.0, 3.0]], 2).contains("3 numbers, no whole number of steps with 2 features"));
    assert!(values(&[vec![1.0, f32::INFINITY]], 2).contains("sequence 0 holds a number that is not finite"));
}

#[test]
#[should_panic(expected = "sequence 1: values in a batch of ids")]
fn a_batch_of_two_kinds_is_refused() {
    let mut items = vec![Sequences::of_ids(&[vec![1]], Targets::Unknown).unwrap().item(0)];
    items.push(SequenceItem {
        index: 1,
        steps: Steps::Values { values: vec![1.0], features: 1 },
        target: Target::Unknown,
        weight: None,
    });
    let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![0, 1] };
    SequenceCollate::new().collate(items, &context, &Device::flex());
}

#[test]
fn a_batch_holds_the_weights_of_its_sequences() {
    let sequences = Sequences::of_ids(&[vec![1], vec![2], vec![3]], Targets::Unknown).unwrap();
    assert!(sequences.weights().is_none() && sequences.item(0).weight.is_none());
    let weighted = sequences.with_weights(&[0.5, 1.0, 2.0]).unwrap().subset(&[2, 0]);
    assert_eq!(weighted.weights(), Some(vec![2.0, 0.5]));
    let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![0, 1] };
    let items = vec![weighted.item(0), weighted.item(1)];
    let batch = SequenceCollate::new().collate(items, &context, &Device::flex());
    assert_eq!(batch.weights.unwrap().to_data().iter::<f32>().collect::<Vec<_>>(), [2.0, 0.5]);
    assert!(weighted.with_weights(&[1.0]).is_err());
}

//! The loader gives the same batches on any number of threads, from any position.

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use super::*;
use crate::random::Draws;

/// The whole numbers below its length.
struct Numbers(usize);

impl Dataset<usize> for Numbers {
    fn get(&self, index: usize) -> Result<usize, DatasetError> {
        Ok(index)
    }

    fn len(&self) -> usize {
        self.0
    }
}

/// Keeps everything that it was given, and a random draw for each sample, as an augmentation would take it.
struct Record;

type Recorded = (Vec<usize>, BatchContext, Vec<u64>);

impl Collate<usize, Recorded> for Record {
    fn collate(&self, items: Vec<usize>, context: &BatchContext, _device: &Device) -> Recorded {
        let draw = |&i: &usize| Draws::new(&[context.seed, context.epoch as u64, i as u64]).u64();
        let draws = items.iter().map(draw).collect();
        (items, context.clone(), draws)
    }
}

fn loader(len: usize, config: LoaderConfig) -> Loader<usize, Recorded> {
    Loader::new(Arc::new(Numbers(len)), Arc::new(Record), config).with_device(&Device::flex())
}

fn epoch(loader: &Loader<usize, Recorded>, epoch: usize) -> Vec<Recorded> {
    loader.batches(Position { epoch, step: 0 }).map(Result::unwrap).collect()
}

#[test]
fn the_batches_do_not_depend_on_the_number_of_workers() {
    for config in [LoaderConfig::new(7), LoaderConfig::new(7).with_shuffle(3).with_drop_last(true)] {
        let expected = epoch(&loader(200, config.clone()), 2);
        for (workers, prefetch) in [(0, 0), (1, 0), (1, 4), (4, 1), (4, 100), (50, 2)] {
            let other = config.clone().with_workers(workers).with_prefetch(prefetch);
            assert_eq!(epoch(&loader(200, other), 2), expected, "{workers} workers, {prefetch} ahead");
        }
    }
}

#[test]
fn an_epoch_holds_every_sample_once_in_an_order_of_its_own() {
    let loader = loader(100, LoaderConfig::new(8).with_shuffle(1));
    let order = |e| epoch(&loader, e).into_iter().flat_map(|batch| batch.0).collect::<Vec<_>>();
    let mut sorted = order(1);
    sorted.sort_unstable();
    assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    assert_ne!(order(1), order(2));
    assert_eq!(order(2), order(2));
    let other = Loader { config: LoaderConfig::new(8).with_shuffle(2), ..loader.clone() };
    assert_ne!(epoch(&other, 1)[0].0, epoch(&loader, 1)[0].0);
}

#[test]
fn a_loader_goes_on_from_any_step() {
    let loader = loader(50, LoaderConfig::new(4).with_shuffle(9).with_workers(2));
    let whole = epoch(&loader, 3);
    for step in 0..=13 {
        let mut rest = loader.batches(Position { epoch: 3, step });
        assert_eq!(rest.progress().items_processed, (4 * step).min(50));
        assert_eq!(rest.by_ref().map(Result::unwrap).collect::<Vec<_>>(), whole[step..]);
        assert!(rest.progress().is_completed());
    }
    assert_eq!(loader.batches(Position { epoch: 3, step: 99 }).count(), 0);
}

#[test]
fn the_position_is_asked_once_for_each_iteration_and_without_one_epochs_count_up() {
    let counting = loader(10, LoaderConfig::new(5));
    let epochs: Vec<usize> = (0..3).map(|_| counting.iter().next().unwrap().unwrap().1.epoch).collect();
    assert_eq!(epochs, [1, 2, 3]);

    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let placed = counting.with_position(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        (5, 1)
    });
    let batches: Vec<Recorded> = placed.iter().map(Result::unwrap).collect();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!((batches.len(), batches[0].1.epoch, batches[0].1.step), (1, 5, 1));
}

#[test]
fn the_last_batch_is_short_or_left_out() {
    let sizes = |config| epoch(&loader(10, config), 1).iter().map(|batch| batch.0.len()).collect::<Vec<_>>();
    assert_eq!(sizes(LoaderConfig::new(4)), [4, 4, 2]);
    assert_eq!(sizes(LoaderConfig::new(4).with_drop_last(true)), [4, 4]);
    assert_eq!(sizes(LoaderConfig::new(20).with_drop_last(true)), [0; 0]);
    assert_eq!(epoch(&loader(0, LoaderConfig::new(4).with_workers(3)), 1), []);
}

#[test]
fn a_slice_is_a_loader_of_its_samples() {
    let loader = loader(10, LoaderConfig::new(3).with_shuffle(1));
    let part = loader.slice(4, 10).slice(1, 4).to_device(&Device::flex());
    assert_eq!(part.num_items(), 3);
    let mut items = part.iter().next().unwrap().unwrap().0;
    items.sort_unstable();
    assert_eq!(items, [5, 6, 7]);
}

#[test]
fn at_most_the_window_is_made_ahead() {
    struct Count(Arc<AtomicUsize>);
    impl Collate<usize, usize> for Count {
        fn collate(&self, items: Vec<usize>, _context: &BatchContext, _device: &Device) -> usize {
            self.0.fetch_add(1, Ordering::SeqCst);
            items[0]
        }
    }
    let made = Arc::new(AtomicUsize::new(0));
    let config = LoaderConfig::new(1).with_workers(2).with_prefetch(5);
    let loader = Loader::new(Arc::new(Numbers(100)), Arc::new(Count(made.clone())), config);
    let mut batches = loader.with_device(&Device::flex()).batches(Position { epoch: 1, step: 0 });
    for taken in 1..=3 {
        batches.next().unwrap().unwrap();
        let began = Instant::now();
        while made.load(Ordering::SeqCst) < taken + 5 && began.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(made.load(Ordering::SeqCst), taken + 5);
    }
    drop(batches);
    assert_eq!(made.load(Ordering::SeqCst), 8, "a dropped iteration makes no more batches");
}

/// Fails at sample 5, panics at sample 8.
struct Broken;

impl Dataset<usize> for Broken {
    fn get(&self, index: usize) -> Result<usize, DatasetError> {
        assert!(index != 8, "sample 8 is beyond repair");
        if index == 5 {
            return Err(DatasetError::new(std::io::Error::other("sample 5 cannot be read")));
        }
        Ok(index)
    }

    fn len(&self) -> usize {
        10
    }
}

#[test]
fn an_error_comes_at_its_batch_and_a_panic_reaches_the_caller() {
    for workers in [0, 1, 4] {
        let config = LoaderConfig::new(2).with_workers(workers);
        let loader = Loader::new(Arc::new(Broken), Arc::new(Record), config).with_device(&Device::flex());
        let mut batches = loader.batches(Position { epoch: 1, step: 0 });
        let results: Vec<bool> = batches.by_ref().take(4).map(|batch| batch.is_ok()).collect();
        assert_eq!(results, [true, true, false, true], "{workers} workers");
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| batches.next().is_some())).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>().copied(), Some("sample 8 is beyond repair"));
    }
}

#[test]
#[should_panic(expected = "batch_size is 0")]
fn a_batch_size_of_zero_is_refused() {
    loader(10, LoaderConfig::new(0));
}

#[test]
fn the_config_is_read_from_json_with_defaults_and_without_unknown_fields() {
    let config: LoaderConfig = serde_json::from_str(r#"{"batch_size": 8, "shuffle": 3}"#).unwrap();
    assert_eq!(config, LoaderConfig::new(8).with_shuffle(3));
    assert!(serde_json::from_str::<LoaderConfig>(r#"{"batchsize": 8}"#).is_err());
}

//! What a language model learns from: a long text in windows, or texts of their own.
//!
//! ```text
//! window i of a text of N symbols    reads x_a … x_(b-1), is asked for x_(a+1) … x_b      steps L
//! training, epoch e                  a = min(i·L + o_e, N - 1 - L)    o_e in 0 to L - 1, drawn from (seed, e)
//! validation                         a = i·L, the last window shorter: each symbol but the first is asked for once
//! ```
//!
//! So an epoch reads the text once, cut at other places than the epoch before, in an order of its own.

use std::sync::Arc;

use burn::data::dataset::{Dataset, DatasetError};
use burn::tensor::{Device, Int, Tensor, TensorData};
use firebrick_data::random::Draws;
use firebrick_data::{BatchContext, Collate};
use firebrick_layers::Mask;

use super::super::{LabelledBatch, TaskError};

/// Names the stream of random numbers that windows are shifted by.
const STREAM: u64 = 0x7769_6E64_6F77;

/// Steps of a window, unless others are asked for.
const WINDOW: usize = 128;

/// Texts as ids of symbols: characters, words, pieces of words. Clones share them.
///
/// ```
/// use firebrick_rnn::tasks::Corpus;
///
/// let text = Corpus::new(vec![2, 0, 1, 1, 0, 2, 1])?.with_window(4)?;
/// assert_eq!((text.symbols(), text.windows()), (7, 2));
/// assert_eq!(Corpus::of_texts(vec![vec![2, 0, 1], vec![1, 0]])?.windows(), 2);
/// # Ok::<(), firebrick_rnn::tasks::TaskError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Corpus {
    texts: Arc<Vec<Vec<u32>>>,
    /// None: each text is read from its first symbol to its last.
    window: Option<usize>,
}

impl Corpus {
    /// One long text, read in windows of 128 steps.
    ///
    /// # Errors
    /// When there are fewer than two symbols.
    pub fn new(ids: Vec<u32>) -> Result<Self, TaskError> {
        Self::checked(vec![ids], Some(WINDOW))
    }

    /// Texts of their own, such as sentences, names or melodies: each is read from its first symbol on.
    ///
    /// # Errors
    /// When there is no text, or one has fewer than two symbols.
    pub fn of_texts(texts: Vec<Vec<u32>>) -> Result<Self, TaskError> {
        Self::checked(texts, None)
    }

    fn checked(texts: Vec<Vec<u32>>, window: Option<usize>) -> Result<Self, TaskError> {
        if texts.is_empty() {
            return Err(TaskError::Empty { which: "given", what: "texts" });
        }
        if let Some(text) = texts.iter().position(|ids| ids.len() < 2) {
            return Err(TaskError::ShortText { text, symbols: texts[text].len() });
        }
        Ok(Self { texts: Arc::new(texts), window })
    }

    /// Reads a long text in windows of so many steps: gradients flow that far back. Longer windows say better what the model is
    /// worth, for each begins without memory.
    ///
    /// # Errors
    /// When it is 0, or the texts are read whole.
    pub fn with_window(self, steps: usize) -> Result<Self, TaskError> {
        match self.window {
            Some(_) if steps > 0 => Ok(Self { window: Some(steps), ..self }),
            _ => Err(TaskError::Window { steps, texts: self.texts.len() }),
        }
    }

    /// Symbols in all texts together.
    pub fn symbols(&self) -> usize {
        self.texts.iter().map(Vec::len).sum()
    }

    /// Windows, or texts, in an evaluation.
    pub fn windows(&self) -> usize {
        match self.window {
            Some(steps) => (self.texts[0].len() - 1).div_ceil(steps),
            None => self.texts.len(),
        }
    }

    /// Whether it is one text, read in windows.
    pub(super) fn is_one_text(&self) -> bool {
        self.window.is_some()
    }

    /// Refuses an id that is not below `symbols`.
    pub(super) fn check(&self, which: &'static str, symbols: usize) -> Result<(), TaskError> {
        for (sequence, ids) in self.texts.iter().enumerate() {
            if let Some(step) = ids.iter().position(|&id| id as usize >= symbols) {
                return Err(TaskError::Symbol { which, sequence, step, id: ids[step], symbols });
            }
        }
        Ok(())
    }

    /// Every symbol that is asked for.
    pub(super) fn asked(&self) -> Vec<u32> {
        self.texts.iter().flat_map(|ids| ids[1..].iter().copied()).collect()
    }

    /// Steps of each window or text, for those who group by length.
    pub(super) fn lengths(&self) -> Vec<usize> {
        (0..self.windows()).map(|i| self.read(i).len() - 1).collect()
    }

    /// Windows of an epoch of training.
    pub(super) fn training_windows(&self) -> usize {
        match self.window {
            Some(steps) => ((self.texts[0].len() - 1) / steps).max(1),
            None => self.texts.len(),
        }
    }

    /// Window `i` of an evaluation with the symbol that follows it, or text `i`.
    pub(super) fn read(&self, i: usize) -> &[u32] {
        match self.window {
            Some(steps) => {
                let text = &self.texts[0];
                &text[i * steps..(i * steps + steps + 1).min(text.len())]
            }
            None => &self.texts[i],
        }
    }

    /// Window `i` of an epoch of training, shifted.
    fn shifted(&self, i: usize, shift: usize) -> &[u32] {
        let Some(steps) = self.window else { return &self.texts[i] };
        let text = &self.texts[0];
        let steps = steps.min(text.len() - 1);
        let start = (i * steps + shift).min(text.len() - 1 - steps);
        &text[start..=start + steps]
    }
}

/// The numbers below n: the collate reads the corpus itself.
pub(super) struct Places(pub(super) usize);

impl Dataset<usize> for Places {
    fn get(&self, index: usize) -> Result<usize, DatasetError> {
        Ok(index)
    }

    fn len(&self) -> usize {
        self.0
    }
}

/// Makes batches of windows, in training shifted by what is drawn for the epoch.
#[derive(Clone)]
pub(super) struct Windows {
    pub(super) corpus: Corpus,
    pub(super) is_training: bool,
}

impl Collate<usize, LabelledBatch> for Windows {
    fn collate(&self, places: Vec<usize>, context: &BatchContext, device: &Device) -> LabelledBatch {
        let shift = match (self.is_training, self.corpus.window) {
            (true, Some(steps)) => {
                Draws::new(&[STREAM, context.seed, context.epoch as u64]).below(steps as u64) as usize
            }
            _ => 0,
        };
        let windows: Vec<&[u32]> = match self.is_training {
            true => places.iter().map(|&place| self.corpus.shifted(place, shift)).collect(),
            false => places.iter().map(|&place| self.corpus.read(place)).collect(),
        };
        next_symbols(&windows, device)
    }
}

/// Sequences of symbols, each asked for the one that follows, at every step but the last.
pub(super) fn next_symbols(windows: &[&[u32]], device: &Device) -> LabelledBatch {
    let steps = windows.iter().map(|window| window.len() - 1).max().unwrap_or(0);
    let lengths: Vec<usize> = windows.iter().map(|window| window.len() - 1).collect();
    let mut ids = Vec::with_capacity(windows.len() * steps);
    let (mut labels, mut places) = (Vec::new(), Vec::new());
    for (row, window) in windows.iter().enumerate() {
        let length = window.len() - 1;
        ids.extend(window[..length].iter().map(|&id| i64::from(id)));
        ids.resize((row + 1) * steps, 0);
        labels.extend(window[1..].iter().map(|&id| i64::from(id)));
        places.extend((row * steps..row * steps + length).map(|place| place as i64));
    }
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [windows.len(), steps]), device);
    let is_padded = lengths.iter().any(|&length| length < steps);
    let mask = is_padded.then(|| Mask::from_lengths(&lengths, steps, device).expect("a window has a step"));
    LabelledBatch {
        input: (ids, mask).into(),
        counted: is_padded.then(|| column(places, device)),
        labels: column(labels, device),
        weights: None,
    }
}

fn column(values: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;

    fn pairs(corpus: &Corpus, is_training: bool, epoch: usize) -> Vec<(u32, u32)> {
        let count = if is_training { corpus.training_windows() } else { corpus.windows() };
        let windows = Windows { corpus: corpus.clone(), is_training };
        let context = BatchContext { seed: 5, epoch, step: 0, indices: Vec::new() };
        let batch = windows.collate((0..count).collect(), &context, &Device::flex());
        let Signal::Ids { ids, .. } = batch.input else { panic!("ids") };
        let read: Vec<u32> = ids.into_data().iter::<u32>().collect();
        let places: Vec<usize> = match batch.counted {
            Some(places) => places.into_data().iter::<i64>().map(|place| place as usize).collect(),
            None => (0..read.len()).collect(),
        };
        places.into_iter().map(|place| read[place]).zip(batch.labels.into_data().iter::<u32>()).collect()
    }

    #[test]
    fn an_evaluation_asks_for_each_symbol_but_the_first_once() {
        for symbols in [2, 5, 9, 13] {
            let text = Corpus::new((0..symbols).collect()).unwrap().with_window(4).unwrap();
            let expected: Vec<_> = (1..symbols).map(|id| (id - 1, id)).collect();
            assert_eq!(pairs(&text, false, 1), expected, "{symbols}");
        }
    }

    #[test]
    fn an_epoch_reads_whole_windows_cut_at_places_of_its_own() {
        let text = Corpus::new((0..1000).collect()).unwrap().with_window(16).unwrap();
        let epochs: Vec<_> = (1..5).map(|epoch| pairs(&text, true, epoch)).collect();
        for pairs in &epochs {
            assert_eq!(pairs.len(), (999 / 16) * 16);
            assert!(pairs.iter().all(|(read, asked)| asked - read == 1));
        }
        assert_eq!(epochs[0], pairs(&text, true, 1));
        assert!(epochs.iter().any(|pairs| pairs[0] != epochs[0][0]), "epochs begin at different places");
    }

    #[test]
    fn texts_of_their_own_are_padded_and_only_what_follows_is_asked_for() {
        let texts = Corpus::of_texts(vec![vec![3, 1, 2], vec![7, 8]]).unwrap();
        for is_training in [false, true] {
            assert_eq!(pairs(&texts, is_training, 1), [(3, 1), (1, 2), (7, 8)]);
        }
    }

    #[test]
    fn a_window_longer_than_the_text_is_the_text() {
        let text = Corpus::new(vec![4, 2, 9]).unwrap().with_window(100).unwrap();
        assert_eq!(pairs(&text, true, 3), [(4, 2), (2, 9)]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let message = |result: Result<Corpus, TaskError>| result.unwrap_err().to_string();
        assert!(message(Corpus::new(vec![1])).contains("text 0 has 1 symbol"));
        assert!(message(Corpus::of_texts(vec![])).contains("no given texts"));
        assert!(message(Corpus::of_texts(vec![vec![1, 2], vec![]])).contains("text 1 has 0 symbols"));
        assert!(message(Corpus::new(vec![1, 2]).unwrap().with_window(0)).contains("window of 0 steps"));
        assert!(message(Corpus::of_texts(vec![vec![1, 2]]).unwrap().with_window(5)).contains("window of 5 steps"));
    }
}

//! Text that a language model writes, symbol by symbol.
//!
//! The state is carried on, so a symbol costs one step, however long the text is.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::super::labelling::rows;
use super::super::{CarriedModel, ModelConfig, TaskError};
use super::{LanguageModel, Sampling};

impl<C: ModelConfig> LanguageModel<C>
where
    C::Model: CarriedModel,
{
    /// The `length` symbols that follow a prompt.
    ///
    /// # Errors
    /// Before training, when the prompt is empty or has an id that is none of the symbols, or when a setting is out of its range.
    pub fn generate(&self, prompt: &[u32], length: usize, sampling: &Sampling) -> Result<Vec<u32>, TaskError> {
        Ok(self.generation(prompt, sampling)?.take(length).collect())
    }

    /// The symbols that follow a prompt, one by one and without end.
    ///
    /// # Errors
    /// As [`generate`](Self::generate).
    pub fn generation(&self, prompt: &[u32], sampling: &Sampling) -> Result<Generation<'_, C::Model>, TaskError> {
        sampling.check()?;
        let network = &self.labeller.trained()?.network;
        let device = self.labeller.device.clone();
        let (logits, state) = read(network, self.checked(prompt)?, None, &device);
        Ok(Generation { network, device, logits, state: Some(state), last: None, sampling: sampling.clone(), drawn: 0 })
    }

    /// How probable each symbol is after a prompt.
    ///
    /// # Errors
    /// Before training, or when the prompt is empty or has an id that is none of the symbols.
    pub fn predict(&self, prompt: &[u32]) -> Result<Vec<f64>, TaskError> {
        let network = &self.labeller.trained()?.network;
        let (logits, _) = read(network, self.checked(prompt)?, None, &self.labeller.device);
        Sampling::new().probabilities(&logits)
    }

    fn checked<'a>(&self, prompt: &'a [u32]) -> Result<&'a [u32], TaskError> {
        let symbols = self.known();
        if prompt.is_empty() {
            return Err(TaskError::Empty { which: "prompt", what: "symbols" });
        }
        match prompt.iter().position(|&id| id as usize >= symbols) {
            Some(step) => Err(TaskError::Symbol { which: "prompt", sequence: 0, step, id: prompt[step], symbols }),
            None => Ok(prompt),
        }
    }
}

/// Symbols that follow a prompt, one by one and without end; made by [`LanguageModel::generation`].
#[derive(Debug)]
pub struct Generation<'a, M: CarriedModel> {
    network: &'a M,
    device: Device,
    /// Of the symbol that comes next, unless `last` is still to be read.
    logits: Vec<f32>,
    /// After the symbols that were read.
    state: Option<M::State>,
    last: Option<u32>,
    sampling: Sampling,
    drawn: u64,
}

impl<M: CarriedModel> Iterator for Generation<'_, M> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some(last) = self.last {
            let (logits, state) = read(self.network, &[last], self.state.take(), &self.device);
            (self.logits, self.state) = (logits, Some(state));
        }
        let symbol = self.sampling.drawn(&self.logits, self.drawn);
        self.drawn += 1;
        self.last = Some(symbol);
        self.last
    }
}

/// Reads symbols on from a state: the logits of the symbol that comes next, and the state then.
fn read<M: CarriedModel>(
    network: &M,
    symbols: &[u32],
    state: Option<M::State>,
    device: &Device,
) -> (Vec<f32>, M::State) {
    let ids: Vec<i64> = symbols.iter().map(|&id| i64::from(id)).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, symbols.len()]), device);
    let (answers, state) = network.advance(ids.into(), state);
    let last = rows(answers).narrow(0, symbols.len() - 1, 1);
    (last.into_data().iter::<f32>().collect(), state)
}

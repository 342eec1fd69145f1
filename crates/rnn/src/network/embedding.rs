//! `Embedding` and `Masking` in a network's list: where ids become features, and where masks begin.

use burn::tensor::Device;
use firebrick_layers::list::Cost;
use firebrick_layers::{Embedding, EmbeddingConfig, Masking, MaskingConfig, Rule};

use super::arms::Ending;
use super::layer::{Apply, Leaf, Takes};
use super::signal::both;
use super::{SequenceShape, Signal};
use crate::Sequence;

impl Leaf for EmbeddingConfig {
    type Layer = Embedding;

    const TAKES: Takes = Takes::Ids;

    const ENDING: Ending = Ending::Steps;

    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, Rule> {
        let SequenceShape::Ids(steps) = input else {
            return Err(Rule::Axes { expected: "ids, [T]", hint: "; it must be the first layer" });
        };
        self.check_rules()?;
        Ok(SequenceShape::Steps(*steps, vec![self.output_dim]))
    }

    fn cost(&self, _input: &SequenceShape) -> Result<Cost, Rule> {
        let weights = (self.input_dim as u64).checked_mul(self.output_dim as u64).ok_or(Rule::Overflow)?;
        Ok(match self.trainable {
            true => Cost { trainable: weights, ..Cost::default() },
            false => Cost { non_trainable: weights, ..Cost::default() },
        })
    }

    fn init_for(&self, _input: &SequenceShape, device: &Device) -> Embedding {
        self.init(device)
    }
}

impl Apply for Embedding {
    fn apply(&self, x: Signal) -> Signal {
        let (ids, given) = x.into_ids();
        let (values, mask) = self.forward_masked(ids);
        Sequence::from((values, both(given, mask))).into()
    }
}

impl Leaf for MaskingConfig {
    type Layer = Masking;

    const TAKES: Takes = Takes::Steps;

    const ENDING: Ending = Ending::Steps;

    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, Rule> {
        input.sequence()?;
        self.check()?;
        Ok(input.clone())
    }

    fn init_for(&self, _input: &SequenceShape, _device: &Device) -> Masking {
        self.init()
    }
}

impl Apply for Masking {
    fn apply(&self, x: Signal) -> Signal {
        let sequence = x.into_sequence();
        let (values, mask) = self.forward(sequence.values);
        Sequence::from((values, both(sequence.mask, Some(mask)))).into()
    }
}

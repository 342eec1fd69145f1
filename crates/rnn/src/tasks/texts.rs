//! Tasks that read and write texts themselves: the text pipeline is stored with them (feature `text`).

use firebrick_data::{Sequences, Targets};

use super::labeller::Labeller;
use super::{CarriedModel, LanguageModel, ModelConfig, Sampling, SequenceClassifier, SequenceTagger, TaskError};
use crate::text::TextPipeline;

impl<C: ModelConfig> Labeller<C> {
    fn pipeline(&self) -> Result<&TextPipeline, TaskError> {
        self.text.as_ref().ok_or(TaskError::NoPipeline)
    }

    fn encoded<S: AsRef<str>>(&self, texts: &[S]) -> Result<Sequences, TaskError> {
        Ok(Sequences::of_ids(&self.pipeline()?.encode_all(texts)?, Targets::Unknown)?)
    }
}

impl<C: ModelConfig> SequenceClassifier<C> {
    /// Stores the pipeline that made the ids with the classifier, which then reads texts itself.
    #[must_use]
    pub fn with_text(mut self, pipeline: TextPipeline) -> Self {
        self.labeller.text = Some(pipeline);
        self
    }

    /// The pipeline that makes the ids, if it has one.
    pub fn text(&self) -> Option<&TextPipeline> {
        self.labeller.text.as_ref()
    }

    /// The probability of each class, one row per text.
    ///
    /// # Errors
    /// Before training, without a pipeline, or when a text cannot be encoded.
    pub fn predict_texts<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Vec<f32>>, TaskError> {
        self.predict(&self.labeller.encoded(texts)?)
    }
}

impl<C: ModelConfig> SequenceTagger<C> {
    /// Stores the pipeline that made the ids with the tagger, which then reads texts itself.
    #[must_use]
    pub fn with_text(mut self, pipeline: TextPipeline) -> Self {
        self.labeller.text = Some(pipeline);
        self
    }

    /// The pipeline that makes the ids, if it has one.
    pub fn text(&self) -> Option<&TextPipeline> {
        self.labeller.text.as_ref()
    }

    /// The probability of each tag, for each text a row per id of it that the padding keeps.
    ///
    /// # Errors
    /// Before training, without a pipeline, or when a text cannot be encoded.
    pub fn predict_texts<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Vec<Vec<f32>>>, TaskError> {
        self.predict(&self.labeller.encoded(texts)?)
    }
}

impl<C: ModelConfig> LanguageModel<C> {
    /// A model of a pipeline's vocabulary, which is stored with the model: it reads and writes texts itself.
    pub fn of_texts(network: C, pipeline: TextPipeline) -> Self {
        let vocabulary = pipeline.vocabulary();
        let symbols = (0..vocabulary.len() as u32).filter_map(|id| vocabulary.token(id)).map(str::to_owned).collect();
        let mut model = Self::new(network, symbols);
        model.labeller.text = Some(pipeline);
        model
    }

    /// The pipeline that makes the ids, if it has one.
    pub fn text(&self) -> Option<&TextPipeline> {
        self.labeller.text.as_ref()
    }
}

impl<C: ModelConfig> LanguageModel<C>
where
    C::Model: CarriedModel,
{
    /// The text that follows a prompt: `length` symbols, or fewer where the model ends it.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), without a pipeline, or when the prompt cannot be encoded.
    pub fn generate_text(&self, prompt: &str, length: usize, sampling: &Sampling) -> Result<String, TaskError> {
        let pipeline = self.labeller.pipeline()?;
        let end = pipeline.vocabulary().end();
        let mut ids = pipeline.encode(prompt)?;
        if end.is_some() && ids.last().copied() == end {
            ids.pop();
        }
        let symbols = self.generation(&ids, sampling)?.take(length).take_while(|&symbol| Some(symbol) != end);
        Ok(pipeline.decode(&symbols.collect::<Vec<_>>())?)
    }
}

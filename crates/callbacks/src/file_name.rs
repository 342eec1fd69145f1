//! File names with the epoch and metrics in them: `epoch-{epoch:02}-{valid_loss:.2}.bpk`.
//!
//! ```text
//! {NAME}  {NAME:WIDTH}  {NAME:0WIDTH}  {NAME:.PRECISION}      NAME: epoch (from 1), step (of all epochs), a metric's column
//! ```
//!
//! The `d` and `f` with which Python ends such a format (`{epoch:02d}`) are allowed and mean nothing.

use std::path::{Path, PathBuf};

use crate::{CallbackError, Context};

/// A file name with places to fill in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileName {
    template: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Place(Place),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    name: String,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

impl FileName {
    pub(crate) fn parse(template: &Path) -> Result<Self, CallbackError> {
        let template = template.to_string_lossy().into_owned();
        let wrong = |rule: &str| CallbackError::Template { template: template.clone(), rule: rule.to_owned() };
        let mut parts = Vec::new();
        let mut rest = template.as_str();
        while let Some((text, place)) = rest.split_once('{') {
            let (place, after) = place.split_once('}').ok_or_else(|| wrong("a { has no }"))?;
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Place(
                Place::parse(place).ok_or_else(|| wrong(&format!("{{{place}}} is no place to fill in")))?,
            ));
            rest = after;
        }
        if parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('}'))) || rest.contains('}') {
            return Err(wrong("a } has no {"));
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { template, parts })
    }

    fn places(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Place(place) => Some(place.name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Whether this is part of the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.places().any(|place| place == name)
    }

    /// Whether a metric is part of the name.
    pub(crate) fn has_metric(&self) -> bool {
        self.places().any(|place| place != "epoch" && place != "step")
    }

    /// Whether a metric of the validation data is part of the name.
    pub(crate) fn has_valid_metric(&self) -> bool {
        self.places().any(|place| place.starts_with("valid_"))
    }

    /// The directory of the files, as far as it does not depend on what is filled in.
    pub(crate) fn directory(&self) -> &Path {
        let mut directories = Path::new(&self.template).ancestors().skip(1);
        directories.find(|directory| !directory.to_string_lossy().contains('{')).unwrap_or(Path::new(""))
    }

    /// The error for a template that breaks this rule.
    pub(crate) fn wrong(&self, rule: &str) -> CallbackError {
        CallbackError::Template { template: self.template.clone(), rule: rule.to_owned() }
    }

    pub(crate) fn fill_in(&self, context: &Context<'_>) -> Result<PathBuf, CallbackError> {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Place(place) => name.push_str(&self.filled(place, context)?),
            }
        }
        Ok(PathBuf::from(name))
    }

    fn filled(&self, place: &Place, context: &Context<'_>) -> Result<String, CallbackError> {
        match place.name.as_str() {
            "epoch" => Ok(place.number(context.epoch() as u64)),
            "step" => Ok(place.number(context.global_step())),
            column => context.metrics().column(column).map(|value| place.value(value)).ok_or_else(|| {
                let known: Vec<&str> = context.metrics().iter().map(|metric| metric.column.as_str()).collect();
                let rule = format!("there is no {column}; there are epoch, step, {}", known.join(", "));
                CallbackError::Template { template: self.template.clone(), rule }
            }),
        }
    }
}

impl Place {
    fn parse(place: &str) -> Option<Self> {
        let (name, format) = place.split_once(':').unwrap_or((place, ""));
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let format = format.strip_suffix(['d', 'f']).unwrap_or(format);
        let (width, precision) =
            format.split_once('.').map_or((format, None), |(width, precision)| (width, Some(precision)));
        let number = |digits: &str| digits.parse().ok().filter(|number| *number <= 64);
        Some(Self {
            name: is_name.then(|| name.to_owned())?,
            zeros: width.starts_with('0'),
            width: if width.is_empty() { 0 } else { number(width)? },
            precision: precision.map_or(Some(None), |digits| number(digits).map(Some))?,
        })
    }

    fn number(&self, value: u64) -> String {
        self.padded(&value.to_string())
    }

    fn value(&self, value: f64) -> String {
        self.padded(&self.precision.map_or_else(|| value.to_string(), |precision| format!("{value:.precision$}")))
    }

    fn padded(&self, text: &str) -> String {
        let width = self.width;
        if self.zeros { format!("{text:0>width$}") } else { format!("{text:>width$}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;
    use crate::metrics::MetricTable;
    use crate::testing::context;

    fn filled(template: &str) -> Result<String, String> {
        let mut metrics = MetricTable::default();
        metrics.push(Split::Valid, "Loss", None, 0.123_456);
        metrics.push(Split::Valid, "Accuracy", None, f64::NAN);
        let name = FileName::parse(Path::new(template)).map_err(|error| error.to_string())?;
        let name = context(3, &mut metrics, |context| name.fill_in(context)).map_err(|error| error.to_string())?;
        Ok(name.to_string_lossy().into_owned())
    }

    #[test]
    fn epochs_steps_and_metrics_are_filled_in() {
        let cases = [
            ("best.bpk", "best.bpk"),
            ("epoch-{epoch:02}.bpk", "epoch-03.bpk"),
            ("{epoch:02d}-{valid_loss:.2f}.bpk", "03-0.12.bpk"),
            ("runs/{epoch}/{step:06}.bpk", "runs/3/000030.bpk"),
            ("{valid_loss}-{valid_accuracy:.1}", "0.123456-NaN"),
            ("{epoch:3}", "  3"),
        ];
        for (template, name) in cases {
            assert_eq!(filled(template).as_deref(), Ok(name), "{template}");
        }
    }

    #[test]
    fn a_template_that_cannot_be_filled_in_says_why() {
        let cases = [
            ("{epoch", "a { has no }"),
            ("epoch}", "a } has no {"),
            ("}{epoch}", "a } has no {"),
            ("{}", "{} is no place to fill in"),
            ("{epoch:x}", "{epoch:x} is no place to fill in"),
            ("{epoch:99999999999}", "{epoch:99999999999} is no place to fill in"),
            ("{val_loss}", "there is no val_loss; there are epoch, step, valid_loss, valid_accuracy"),
        ];
        for (template, rule) in cases {
            let error = filled(template).unwrap_err();
            assert!(error.ends_with(rule), "{template}: {error}");
        }
    }
}

//! The pictures of a run: what the data set holds, and of it what the settings ask for.

use anyhow::ensure;
use firebrick_data::catalog::Request;
use firebrick_data::random::Draws;
use firebrick_data::{Images, Splits, split};
use firebrick_run::RunConfig;

use crate::recipes::Settings;

/// The split into training, validation and test pictures is made once; seeds change only the training.
pub(crate) const SPLIT_SEED: u64 = 0;

/// The run's pictures; the settings may ask for fewer training pictures, and for wrong labels among them.
pub(crate) fn pictures(config: &RunConfig<Settings>) -> anyhow::Result<Splits<Images>> {
    let request = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).with_seed(SPLIT_SEED);
    let splits = request.with_picture_size(config.picture_size).images()?;
    let Settings { train_pictures, wrong_labels, .. } = config.settings;
    let train = match train_pictures {
        Some(count) => splits.train.subset(&split::sample(splits.train.labels(), count, SPLIT_SEED)),
        None => splits.train,
    };
    Ok(Splits { train: mislabelled(train, wrong_labels)?, ..splits })
}

/// Gives a share of the pictures the label of another class, each as likely as any other.
fn mislabelled(pictures: Images, share: f64) -> anyhow::Result<Images> {
    ensure!((0.0..=1.0).contains(&share), "wrong_labels = {share} is out of range: a share, 0 to 1");
    let classes = pictures.classes().len() as u64;
    let wrong = (share * pictures.len() as f64).round() as usize;
    if wrong == 0 || classes < 2 {
        return Ok(pictures);
    }
    let mut labels = pictures.labels().to_vec();
    for i in split::order(labels.len(), SPLIT_SEED).into_iter().take(wrong) {
        let step = 1 + Draws::new(&[SPLIT_SEED, i as u64]).below(classes - 1);
        labels[i] = ((u64::from(labels[i]) + step) % classes) as u32;
    }
    Ok(pictures.with_labels(labels)?)
}

#[cfg(test)]
mod tests {
    use firebrick_data::digits::digits;

    use super::*;

    #[test]
    fn so_many_labels_are_wrong_as_asked_for_and_always_the_same() {
        let digits = digits();
        let wrong = mislabelled(digits.clone(), 0.25).unwrap();
        let differ = wrong.labels().iter().zip(digits.labels()).filter(|(a, b)| a != b).count();
        assert_eq!(differ, 449, "a quarter of 1,797");
        assert_eq!(mislabelled(digits.clone(), 0.25).unwrap().labels(), wrong.labels());
        assert_eq!(mislabelled(digits.clone(), 0.0).unwrap().labels(), digits.labels());
        assert!(mislabelled(digits, 1.5).unwrap_err().to_string().contains("wrong_labels = 1.5"));
    }
}

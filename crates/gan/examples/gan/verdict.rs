//! What is said of a generator: the judge's view of what it draws, beside real pictures.

use burn::tensor::Tensor;
use firebrick_data::random::permutation;
use firebrick_data::{Images, Splits};
use firebrick_gan::quality::{
    ClassHistogram, Collapse, Features, density_and_coverage, frechet_distance, inception_score, nearest,
    precision_and_recall,
};
use firebrick_gan::training::{Judge, PictureGan, Verdict};

/// What counts as sure.
const SURE: f32 = 0.9;
/// The seed of the judged pictures; that of the training has none of them.
const SEED: u64 = 0x6a75_6467;

/// What a judge found.
pub(crate) struct Judged {
    /// The judged fakes, `[N, C, H, W]`.
    pub(crate) fakes: Tensor<4>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) drawn: ClassHistogram,
    pub(crate) real: ClassHistogram,
    /// What `result.json` says.
    pub(crate) metrics: Vec<(String, f64)>,
    /// For the first fakes: the nearest training picture, in the judge's features.
    pub(crate) nearest: Vec<usize>,
}

/// Lets the generator draw `count` pictures and has them judged.
pub(crate) fn judge(gan: &PictureGan, judge: &Judge, splits: &Splits<Images>, count: usize) -> anyhow::Result<Judged> {
    let fakes = gan.generate(count, SEED, None)?;
    let verdicts = judge.verdicts(fakes.clone());
    let train = some(&splits.train, count);
    let of_train = features(&judge.verdicts_on(&train))?;
    let of_fakes = features(&verdicts)?;
    let classes = judge.classes().len();
    let drawn = ClassHistogram::new(classes, verdicts.iter().map(Verdict::class));
    let real = ClassHistogram::new(classes, splits.train.labels().iter().map(|&label| label as usize));

    let probabilities: Vec<Vec<f32>> = verdicts.iter().map(|verdict| verdict.probabilities.clone()).collect();
    let shared = precision_and_recall(&of_train, &of_fakes, 3)?;
    let covered = density_and_coverage(&of_train, &of_fakes, 5)?;
    let collapse = Collapse::measured(&of_train, &of_fakes)?;
    let to_train = nearest(&of_train, &of_fakes, 1)?;
    let on_test = judge.verdicts_on(&some(&splits.test, count));
    let of_test = features(&on_test)?;
    let of_others = nearest(&of_train, &of_test, 1)?;
    let mean = |found: &[Vec<firebrick_gan::quality::Neighbour>]| {
        found.iter().map(|neighbours| neighbours[0].distance).sum::<f64>() / found.len() as f64
    };
    let metrics = [
        ("judge_accuracy", judge.accuracy(&splits.test)),
        ("classes_drawn", (classes - drawn.missing().len()) as f64),
        ("class_total_variation", drawn.total_variation(&real)),
        ("sure_share", sure(&verdicts)),
        ("sure_share_of_real", sure(&on_test)),
        ("judge_distance", frechet_distance(&of_fakes, &of_train)?),
        ("judge_distance_floor", floor(&of_train)?),
        ("judge_score", inception_score(&Features::new(&probabilities)?, 10)?.mean),
        ("precision", shared.fidelity),
        ("recall", shared.diversity),
        ("density", covered.fidelity),
        ("coverage", covered.diversity),
        ("diversity", collapse.diversity),
        ("collapsed", f64::from(u8::from(collapse.is_collapsed()))),
        ("nearest_training_distance", mean(&to_train)),
        ("nearest_training_distance_of_test", mean(&of_others)),
    ];
    let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let nearest = to_train.iter().map(|neighbours| neighbours[0].index).collect();
    Ok(Judged { fakes, verdicts, drawn, real, metrics, nearest })
}

/// At most so many pictures, drawn at random, always the same.
pub(crate) fn some(pictures: &Images, count: usize) -> Images {
    let mut places = permutation(pictures.len(), &[SEED]);
    places.truncate(count);
    pictures.subset(&places)
}

/// The share of pictures of whose class the judge is sure.
fn sure(verdicts: &[Verdict]) -> f64 {
    let sure = verdicts.iter().filter(|verdict| verdict.confidence() > SURE).count();
    sure as f64 / verdicts.len().max(1) as f64
}

fn features(verdicts: &[Verdict]) -> anyhow::Result<Features> {
    let rows: Vec<Vec<f32>> = verdicts.iter().map(|verdict| verdict.features.clone()).collect();
    Ok(Features::new(&rows)?)
}

/// The distance between two halves of the real pictures: what a perfect generator would reach on so few.
fn floor(real: &Features) -> anyhow::Result<f64> {
    let rows: Vec<Vec<f64>> = real.rows().map(<[f64]>::to_vec).collect();
    let (first, second) = rows.split_at(rows.len() / 2);
    Ok(frechet_distance(&Features::new(first)?, &Features::new(second)?)?)
}

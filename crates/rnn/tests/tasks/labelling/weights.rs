//! Class weights, and weights of sequences.

use firebrick_callbacks::History;

use super::*;

fn fitted(train: &Sequences, weights: Option<ClassWeights>) -> Vec<u8> {
    let config = config().with_class_weights(weights);
    let fitted = tagger().fit(train, &tags(20, 2), config, callbacks![]).unwrap();
    weights_of(|directory| fitted.save(directory))
}

#[test]
fn weights_of_one_change_nothing_and_others_do() {
    let _alone = alone();
    let plain = tags(60, 1);
    let weighted = |weights: Vec<f32>| plain.clone().with_weights(&weights).unwrap();
    let bytes = fitted(&plain, None);
    assert!(fitted(&weighted(vec![1.0; 60]), Some(ClassWeights::PerClass(vec![1.0, 1.0]))) == bytes);
    assert!(fitted(&plain, Some(ClassWeights::PerClass(vec![1.0, 3.0]))) != bytes);
    assert!(fitted(&weighted((0..60).map(|i| 1.0 + (i % 2) as f32).collect()), None) != bytes);
}

#[test]
fn balanced_weights_count_the_steps_that_have_a_tag() {
    let _alone = alone();
    let train = tags(60, 1);
    let all: Vec<u32> = (0..60)
        .flat_map(|i| match train.target(i) {
            firebrick_data::Target::Tags(tags) => tags,
            _ => panic!("tags"),
        })
        .filter(|&tag| tag != UNTAGGED)
        .collect();
    let balanced = ClassWeights::PerClass(ClassWeights::balanced(&all, 2));
    assert!(fitted(&train, Some(ClassWeights::Balanced)) == fitted(&train, Some(balanced)));
}

#[test]
fn a_step_counts_as_much_as_its_sequence_and_its_tag() {
    let _alone = alone();
    let history = History::new();
    let records = history.records();
    let data = tags(30, 1).with_weights(&(0..30).map(|i| 0.5 * (i % 4) as f32).collect::<Vec<_>>()).unwrap();
    let network = sequence![embedding(6, 6), lstm(12).return_sequences(), dense(2)];
    let config = config().with_epochs(1).with_learning_rate(1e-30);
    let tagger =
        SequenceTagger::new(network).on(&Device::flex()).fit(&data, &data, config, callbacks![history]).unwrap();
    let weighted = tagger.evaluate(&data).unwrap().steps.weighted.unwrap();
    for split in ["train", "valid"] {
        let column = |name: &str| records.column(&format!("{split}_weighted_{name}"))[0].1;
        assert!((column("loss") - weighted.loss).abs() < 1e-6, "{split}");
        assert!((column("accuracy") - 100.0 * weighted.accuracy).abs() < 1e-4, "{split}");
    }
}

#[test]
fn bad_weights_are_refused_before_training() {
    let _alone = alone();
    let data = tags(20, 1);
    let refused = |weights: Vec<f32>| {
        let config = config().with_class_weights(Some(ClassWeights::PerClass(weights)));
        tagger().fit(&data, &data, config, callbacks![]).unwrap_err().to_string()
    };
    assert!(refused(vec![1.0]).contains("1 class weights for 2 classes"));
    assert!(refused(vec![1.0, -1.0]).contains("class \"up\" has weight -1"));
    let message = data.clone().with_weights(&[f32::NAN; 20]).unwrap_err().to_string();
    assert!(message.contains("sample 0 has weight NaN"), "{message}");
}

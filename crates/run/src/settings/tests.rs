//! Settings by name: what is set, and how a wrong one is refused.

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Recipe {
    batch_size: usize,
    label: String,
    shuffle: bool,
    dropout: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip: Option<f32>,
    optimizer: Optimizer,
    kernel: [usize; 2],
    blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Optimizer {
    Sgd { learning_rate: f64, momentum: f64 },
    Adam,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Block {
    units: usize,
}

fn recipe() -> Recipe {
    Recipe {
        batch_size: 64,
        label: "plain".into(),
        shuffle: true,
        dropout: None,
        clip: None,
        optimizer: Optimizer::Sgd { learning_rate: 0.1, momentum: 0.9 },
        kernel: [3, 3],
        blocks: vec![Block { units: 10 }, Block { units: 20 }],
    }
}

fn set(settings: &[&str]) -> Result<Recipe, SettingError> {
    apply_settings(&recipe(), &settings.iter().map(ToString::to_string).collect::<Vec<_>>())
}

#[test]
fn every_kind_of_field_can_be_set() {
    type Change = fn(&mut Recipe);
    let cases: [(&str, Change); 12] = [
        ("batch_size=128", |r| r.batch_size = 128),
        (" batch_size = 128 ", |r| r.batch_size = 128),
        ("label=two words", |r| r.label = "two words".into()),
        ("label=\"quoted\"", |r| r.label = "quoted".into()),
        ("label=7", |r| r.label = "7".into()),
        ("label=a=b", |r| r.label = "a=b".into()),
        ("shuffle=false", |r| r.shuffle = false),
        ("dropout=0.5", |r| r.dropout = Some(0.5)),
        ("clip=1", |r| r.clip = Some(1.0)),
        ("kernel=[5, 1]", |r| r.kernel = [5, 1]),
        ("blocks.1.units=40", |r| r.blocks[1].units = 40),
        ("optimizer=adam", |r| r.optimizer = Optimizer::Adam),
    ];
    for (setting, change) in cases {
        let mut expected = recipe();
        change(&mut expected);
        assert_eq!(set(&[setting]).unwrap_or_else(|e| panic!("{setting}: {e}")), expected, "{setting}");
    }
}

#[test]
fn whole_numbers_are_accepted_where_a_fraction_may_stand() {
    let changed = set(&["optimizer.sgd.learning_rate=1"]).unwrap();
    assert_eq!(changed.optimizer, Optimizer::Sgd { learning_rate: 1.0, momentum: 0.9 });
}

#[test]
fn later_settings_win_and_see_the_earlier_ones() {
    let changed = set(&[
        "optimizer=adam",
        "optimizer={\"sgd\":{\"learning_rate\":1.0,\"momentum\":0.0}}",
        "optimizer.sgd.momentum=0.5",
    ])
    .unwrap();
    assert_eq!(changed.optimizer, Optimizer::Sgd { learning_rate: 1.0, momentum: 0.5 });
}

#[test]
fn null_unsets_an_optional_field() {
    assert_eq!(set(&["dropout=0.5", "dropout=null"]).unwrap(), recipe());
}

#[test]
fn unknown_names_are_refused_with_the_list_of_known_ones() {
    let error = set(&["batchsize=8"]).unwrap_err();
    let SettingError::Unknown { known, .. } = &error else { panic!("{error:?}") };
    assert_eq!(
        known.join(" "),
        "batch_size label shuffle dropout optimizer.sgd.learning_rate optimizer.sgd.momentum kernel blocks.0.units blocks.1.units"
    );
    assert!(error.to_string().contains("did you mean `batch_size`?"), "{error}");
    for name in ["optimizer.momentum=1", "blocks.2.units=1", "blocks.x=1", "label.0=a", ".=1"] {
        assert!(matches!(set(&[name]), Err(SettingError::Unknown { .. })), "{name}");
    }
}

#[test]
fn arguments_given_as_settings_are_pointed_out() {
    let error = set(&["epochs=3"]).unwrap_err().to_string();
    assert!(error.starts_with("unknown setting `epochs` (it is an argument: --epochs)"), "{error}");
}

#[test]
fn wrong_types_are_refused_with_what_was_expected() {
    let cases = [
        ("batch_size=many", "expected usize"),
        ("batch_size=0.5", "expected usize"),
        ("batch_size=-1", "expected usize"),
        ("shuffle=yes", "expected a boolean"),
        ("dropout=half", "expected f64"),
        ("kernel=3", "expected an array of length 2"),
        ("optimizer=rmsprop", "expected `sgd` or `adam`"),
        ("optimizer.sgd.momentum=[]", "expected f64"),
    ];
    for (setting, expected) in cases {
        let error = set(&[setting]).unwrap_err();
        assert!(matches!(error, SettingError::Type { .. }), "{setting}: {error:?}");
        assert!(error.to_string().contains(expected), "{setting}: {error}");
    }
    let error = set(&["batch_size=many"]).unwrap_err().to_string();
    assert!(error.contains("(it is `64` now)"), "{error}");
}

#[test]
fn settings_without_a_name_or_a_value_are_refused_with_an_example() {
    for setting in ["batch_size", "=3", ""] {
        let error = set(&[setting]).unwrap_err().to_string();
        assert!(error.contains("`--set batch_size=64`"), "{error}");
    }
}

#[test]
fn spelling_distance_counts_letters() {
    assert_eq!(edits("kitten", "sitting"), 3);
    assert_eq!(edits("", "abc"), 3);
    assert_eq!(closest("epoch", &["epochs", "seed"]), Some("epochs"));
    assert_eq!(closest("banana", &["epochs", "seed"]), None);
}

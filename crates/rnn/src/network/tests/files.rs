//! Networks in files, and files that are no networks.

use proptest::prelude::*;

use firebrick_layers::list::Listed;
use firebrick_layers::sequential;

use crate::build::*;
use crate::{SequenceLayerConfig, SequenceNetworkConfig, SequenceShape, sequence};

const TAGGER: &str = r#"
    [[layers]]
    layer = "embedding"
    input_dim = 50
    output_dim = 8
    mask_zero = true

    [[layers]]
    layer = "residual"
    layers = [{ layer = "gru", hidden_size = 8, dropout = 0.1 }, { layer = "dropout", rate = 0.2 }]

    [[layers]]
    layer = "lstm"
    name = "reader"
    hidden_size = 6
    return_sequences = true

    [[layers]]
    layer = "bidirectional"
    forward_layer = { layer = "lstm", hidden_size = 4 }
    backward_layer = { layer = "lstm", hidden_size = 4, go_backwards = true, unit_forget_bias = false }
    merge_mode = "sum"

    [[layers]]
    layer = "time_distributed"
    layers = [{ layer = "dense", out_features = 5, activation = "relu" }]

    [[layers]]
    layer = "dense"
    out_features = 3
"#;

#[test]
fn a_file_says_the_same_as_rust() {
    let network = sequence![
        embedding(50, 8).mask_zero(),
        residual(sequence![gru(8).with_dropout(0.1), dropout(0.2)]),
        lstm(6).return_sequences().named("reader"),
        bidirectional(lstm(4))
            .with_backward_layer(lstm(4).with_go_backwards(true).with_unit_forget_bias(false).into())
            .with_merge_mode(MergeMode::Sum),
        time_distributed(sequential![dense(5).relu()]),
        dense(3),
    ];
    assert_eq!(SequenceNetworkConfig::from_toml(TAGGER).unwrap(), network);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("tagger.toml", TAGGER.to_owned()), ("tagger.json", network.to_json().unwrap())] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(SequenceNetworkConfig::from_file(&path).unwrap(), network, "{name}");
    }
}

#[test]
fn a_list_of_feed_forward_layers_is_one_of_sequences() {
    let inner = firebrick_layers::build::residual(sequential![dense(3).named("inner")]);
    let network = SequenceNetworkConfig::new().with(inner).with(gru(2));
    assert_eq!(network, sequence![residual(sequence![dense(3).named("inner")]), gru(2)]);
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let read = |text: &str| SequenceNetworkConfig::from_toml(text).unwrap_err().to_string();
    assert_eq!(
        read("[[layers]]\nlayer = \"lstm\"\nunits = 3"),
        "0.lstm: unknown field `units`, expected one of `hidden_size`, `bias`, `recurrent_bias`, `kernel_initializer`, \
         `recurrent_initializer`, `bias_initializer`, `dropout`, `recurrent_dropout`, `return_sequences`, \
         `go_backwards`, `stateful`, `zero_output_for_mask`, `unit_forget_bias`, `coupled_gates`"
    );
    let unknown = read("[[layers]]\nlayer = \"residual\"\nlayers = [{ layer = \"ltsm\", hidden_size = 3 }]");
    assert!(
        unknown.starts_with("0.residual.0: there is no layer `ltsm`; the layers are: embedding, masking"),
        "{unknown}"
    );
    assert!(unknown.contains("lstm") && unknown.contains("dense"), "{unknown}");
    assert_eq!(
        read("[[layers]]\nlayer = \"time_distributed\"\nlayers = [{ layer = \"dense\" }]"),
        "0.time_distributed.0.dense: missing field `out_features`"
    );
    let inside = read("[[layers]]\nlayer = \"time_distributed\"\nlayers = [{ layer = \"lstm\", hidden_size = 3 }]");
    assert!(inside.starts_with("0.time_distributed.0: there is no layer `lstm`; the layers are: conv2d"), "{inside}");
    assert_eq!(
        read("[[layers]]\nlayer = \"time_distributed\"\nlayer_list = []"),
        "0.time_distributed: missing field `layers`"
    );
    assert_eq!(
        read("[[layers]]\nlayer = \"bidirectional\"\nforward_layer = { layer = \"dense\", out_features = 3 }"),
        "0.bidirectional.forward_layer: there is no layer `dense`; the layers are: simple_rnn, lstm, gru"
    );
    assert_eq!(
        read("[[layers]]\nlayer = \"branches\"\nbranches = 3"),
        "0.branches: `branches` must be a list of lists of layers"
    );
    assert_eq!(
        read("[[layers]]\nlayer = \"last_step\"\nsteps = 3"),
        "0.last_step: unknown field `steps`, there are no fields"
    );
}

#[test]
fn a_number_that_no_file_can_hold_is_refused() {
    let message = sequence![masking(f64::INFINITY)].to_json().unwrap_err().to_string();
    assert_eq!(message, "this network cannot be written as JSON: layer 0.masking has a number that is not finite");
}

/// Texts that are nearly networks: known layers with settings of any value.
fn near_networks() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("0".to_owned()),
        (-3i64..9).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("nan".to_owned()),
        Just("1e300".to_owned()),
        Just("true".to_owned()),
        Just("\"relu\"".to_owned()),
        Just("\"orthogonal\"".to_owned()),
        Just("[[], [{ layer = \"lstm\", hidden_size = 2 }]]".to_owned()),
        Just("[{ layer = \"dense\", out_features = 3 }]".to_owned()),
    ];
    let key = prop::sample::select(vec![
        "input_dim",
        "output_dim",
        "mask_zero",
        "padding_idx",
        "mask_value",
        "hidden_size",
        "return_sequences",
        "go_backwards",
        "dropout",
        "coupled_gates",
        "reset_after",
        "activation",
        "rate",
        "out_features",
        "layers",
        "shortcut",
        "branches",
        "merge",
        "name",
        "kernel_initializer",
    ]);
    let kind = prop::sample::select(SequenceLayerConfig::KINDS.to_vec());
    let layer = (kind, prop::collection::vec((key, value), 0..5)).prop_map(|(kind, settings)| {
        let lines: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!("[[layers]]\nlayer = \"{kind}\"\n{}", lines.concat())
    });
    prop::collection::vec(layer, 0..4).prop_map(|layers| layers.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_near_network_panics_or_allocates(text in near_networks()) {
        if let Ok(network) = SequenceNetworkConfig::from_toml(&text) {
            for input in [SequenceShape::ids(), SequenceShape::features(3).with_steps(5)] {
                if let Ok(summary) = network.summary(&input) {
                    prop_assert!(summary.total_parameters() <= firebrick_layers::MAX_PARAMETERS);
                    prop_assert!(!summary.to_string().is_empty());
                }
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = SequenceNetworkConfig::from_toml(&text);
        let _ = SequenceNetworkConfig::from_json(&text);
    }
}

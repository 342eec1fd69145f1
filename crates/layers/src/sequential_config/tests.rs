//! Networks that cannot be, and files that are no networks: each is refused with its place and its rule.
use proptest::prelude::*;

use crate::build::*;
use crate::{BranchesConfig, Initializer, Padding, SequentialConfig, sequential};

fn refused(network: &SequentialConfig, input: &[usize]) -> String {
    network.shapes(input).expect_err("an impossible network is refused").to_string()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn an_impossible_network_is_refused_with_place_shape_and_rule() {
    let deep =
        sequential![conv2d(4, 3), max_pool2d(2), residual(sequential![conv2d(4, 5).named("wide"), batch_norm()])];
    let cases: Vec<(SequentialConfig, &[usize], &str)> = vec![
        (
            deep,
            &[1, 8, 8],
            "layer 2.residual.0.conv2d (`wide`) cannot take an input of shape [4, 3, 3]: the window covers 5 cells but \
             the height has 3, with 0 of padding; take a smaller window, padding \"same\", or fewer steps that shrink \
             the picture before it",
        ),
        (
            sequential![dense(10)],
            &[1, 8, 8],
            "layer 0.dense cannot take an input of shape [1, 8, 8]: it needs features, [features]; put flatten or a \
             global pooling before it",
        ),
        (
            sequential![flatten(), conv2d(4, 3)],
            &[1, 8, 8],
            "layer 1.conv2d cannot take an input of shape [64]: it needs a picture, [channels, height, width]",
        ),
        (
            sequential![conv2d(6, 3).with_groups(2)],
            &[3, 8, 8],
            "layer 0.conv2d cannot take an input of shape [3, 8, 8]: 3 incoming channels do not divide into 2 groups",
        ),
        (
            sequential![conv2d(0, 3)],
            &[3, 8, 8],
            "layer 0.conv2d cannot take an input of shape [3, 8, 8]: out_channels must be at least 1",
        ),
        (
            sequential![max_pool2d(2).with_padding(Padding::all(2))],
            &[1, 8, 8],
            "layer 0.max_pool2d cannot take an input of shape [1, 8, 8]: a padding of 2 must be smaller than the \
             pooling window of 2: else a window would see no cell",
        ),
        (
            sequential![residual(sequential![conv2d(8, 3).same()])],
            &[4, 8, 8],
            "layer 0.residual cannot take an input of shape [4, 8, 8]: the layers end in [8, 8, 8] and the shortcut in \
             [4, 8, 8]: a residual adds them, so both must be equal; give it a shortcut that projects, such as conv2d \
             with kernel_size 1 and the same stride",
        ),
        (
            sequential![branches(Merge::Concatenate, [sequential![], sequential![conv2d(8, 3)]])],
            &[4, 8, 8],
            "layer 0.branches cannot take an input of shape [4, 8, 8]: branch 0 ends in [4, 8, 8] and branch 1 in \
             [8, 6, 6]: to concatenate them all sizes but that of the channels or features must be equal",
        ),
        (
            sequential![branches(Merge::Add, [])],
            &[4],
            "layer 0.branches cannot take an input of shape [4]: it has no branches; an empty list is a branch that \
             passes its input on",
        ),
        (
            sequential![dropout(1.0)],
            &[4],
            "layer 0.dropout cannot take an input of shape [4]: rate is 1: it must be at least 0 and below 1",
        ),
        (
            sequential![dense(4).named("a"), dense(4).named("a")],
            &[4],
            "two layers are named `a`: 0.dense and 1.dense; give one of them another name",
        ),
        (
            sequential![dense(4).named("0.dense")],
            &[4],
            "layer 0.dense is named `0.dense`: a name has letters, digits, `_` and `-` and starts with a letter",
        ),
        (
            sequential![dense(1 << 20), dense(1 << 20)],
            &[4],
            "layer 1.dense cannot take an input of shape [1048576]: with it the network has 1099517919232 parameters; \
             the limit is 268435456",
        ),
        (
            sequential![conv2d(1, 1).with_padding(Padding::all(1 << 30))],
            &[1, 8, 8],
            "layer 0.conv2d cannot take an input of shape [1, 8, 8]: a single sample would take 4611686052787126336 \
             numbers here; the limit is 268435456",
        ),
        (
            sequential![conv2d(1, 3).with_dilation(usize::MAX)],
            &[1, 8, 8],
            "layer 0.conv2d cannot take an input of shape [1, 8, 8]: its sizes are so large that their product overflows",
        ),
        (
            sequential![dense(4)],
            &[2, 3],
            "a network cannot start from an input of shape [2, 3] (without the batch): it needs [features] or \
             [channels, height, width]",
        ),
        (
            sequential![dense(4)],
            &[0],
            "a network cannot start from an input of shape [0] (without the batch): every size must be at least 1",
        ),
    ];
    for (network, input, message) in cases {
        assert_eq!(refused(&network, input), message);
    }
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let mut network = sequential![dense(2)];
    for _ in 0..40 {
        network = sequential![BranchesConfig::new(Merge::Add, [network])];
    }
    let message = refused(&network, &[2]);
    assert!(message.ends_with("residuals and branches nest more than 32 deep"), "{message}");
}

#[test]
fn a_file_that_is_no_network_is_refused_with_place_and_known_words() {
    for (text, message) in [
        (
            "[[layers]]\nlayer = \"dense\"\nunits = 3",
            "0.dense: unknown field `units`, expected one of `in_features`, `out_features`, `bias`, \
             `kernel_initializer`, `bias_initializer`, `activation`",
        ),
        ("[[layers]]\nlayer = \"dense\"", "0.dense: missing field `out_features`"),
        (
            "layers = [{ layer = \"residual\", layers = [{ layer = \"dense\", out_features = -1 }] }]",
            "0.residual.0.dense: invalid value: integer `-1`, expected usize",
        ),
        (
            "layers = [{ layer = \"residual\", layers = [], short = [] }]",
            "0.residual: unknown field `short`, expected one of `name`, `layers`, `shortcut`, `activation`",
        ),
        (
            "layers = [{ layer = \"branches\", branches = [[], [{ layer = \"flaten\" }]] }]",
            "0.branches.1.0: there is no layer `flaten`; the layers are: conv2d, conv_transpose2d, max_pool2d, \
             avg_pool2d, global_max_pool2d, global_avg_pool2d, adaptive_max_pool2d, adaptive_avg_pool2d, batch_norm, \
             layer_norm, dropout, spatial_dropout, flatten, reshape, dense, activation, residual, branches",
        ),
        (
            "layers = [{ layer = \"max_pool2d\", kernel_size = [2, 2, 2] }]",
            "0.max_pool2d: a whole number, or two of them as [rows, columns]",
        ),
        (
            "layers = [{ layer = \"max_pool2d\", kernel_size = 2, padding = \"full\" }]",
            "0.max_pool2d: padding is \"valid\", \"same\", a whole number, [rows, columns] or { top, bottom, left, right }",
        ),
        ("layers = 3", "the network: the layers must be a list of tables, each with `layer = \"...\"`"),
        ("layers = [3]", "0: a layer must be a table with `layer = \"...\"` and its settings"),
        ("layer = []", "the network: missing field `layers`"),
        ("layers = []\nclasses = 10", "the network: unknown field `classes`, expected one of `layers`"),
        ("layers = [{ layer = \"flatten\", name = 3 }]", "0: `name` must be a string, not 3"),
    ] {
        let refused = SequentialConfig::from_toml(text).expect_err(text);
        assert_eq!(refused.to_string(), message, "{text}");
    }
}

#[test]
fn a_function_that_is_none_is_refused_with_those_that_are() {
    let text = r#"{"layers": [{"layer": "dense", "out_features": 3, "activation": "rely"}]}"#;
    let message = SequentialConfig::from_json(text).unwrap_err().to_string();
    assert!(message.starts_with("0.dense: unknown variant `rely`, expected one of `linear`, `relu`"), "{message}");
}

#[test]
fn broken_syntax_is_refused_with_its_line() {
    let message = SequentialConfig::from_toml("[[layers]]\nlayer = ").unwrap_err().to_string();
    assert!(message.starts_with("not valid TOML:") && message.contains("line 2"), "{message}");
    let message = SequentialConfig::from_json("{\n\"layers\": [").unwrap_err().to_string();
    assert!(message.starts_with("not valid JSON:") && message.contains("line 2"), "{message}");
}

#[test]
fn files_are_read_by_their_ending_and_errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let network = sequential![conv2d(4, [3, 5]).same().relu(), flatten(), dense(2).softmax().named("out")];
    for (name, text) in [("n.toml", network.to_toml().unwrap()), ("n.json", network.to_json().unwrap())] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(SequentialConfig::from_file(&path).unwrap(), network);
    }
    let path = folder.path().join("broken.toml");
    std::fs::write(&path, "layers = 3").unwrap();
    let message = SequentialConfig::from_file(&path).unwrap_err().to_string();
    assert!(message.contains("broken.toml: the network: the layers must be a list"), "{message}");
    let message = SequentialConfig::from_file(folder.path().join("none.toml")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the network file"), "{message}");
    let message = SequentialConfig::from_file("network.yaml").unwrap_err().to_string();
    assert_eq!(message, "network.yaml: a network file ends in .toml or .json");
    let path = folder.path().join("long.toml");
    std::fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
    let message = SequentialConfig::from_file(&path).unwrap_err().to_string();
    assert!(message.contains("1048577 bytes are too long"), "{message}");
}

#[test]
fn a_number_that_no_file_can_hold_is_an_error_when_writing() {
    let network = sequential![dense(2).with_kernel_initializer(Initializer::Constant { value: f64::INFINITY })];
    assert!(refused(&network, &[2]).contains("value is inf: it must be a finite number"));
    for written in [network.to_json(), network.to_toml()] {
        let message = written.unwrap_err().to_string();
        assert!(message.contains("0.dense has a number that is not finite"), "{message}");
    }
}

#[test]
fn the_largest_numbers_survive_a_file() {
    let network = sequential![dense(usize::MAX)];
    assert_eq!(SequentialConfig::from_json(&network.to_json().unwrap()).unwrap(), network);
    if let Ok(toml) = network.to_toml() {
        assert_eq!(SequentialConfig::from_toml(&toml).unwrap(), network, "{toml}");
    }
}

/// Texts that look like networks, with numbers, words and structure gone wild.
#[expect(clippy::too_many_lines, reason = "one list of layers to draw from")]
fn near_networks() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("0".to_owned()),
        (-3i64..9).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("nan".to_owned()),
        Just("inf".to_owned()),
        Just("1e300".to_owned()),
        Just("[3, 4294967296]".to_owned()),
        Just("[1, 2, 3]".to_owned()),
        Just("\"same\"".to_owned()),
        Just("{ top = 9223372036854775807, left = 1 }".to_owned()),
        Just("{ name = \"elu\", alpha = inf }".to_owned()),
        Just("\"orthogonal\"".to_owned()),
        Just("[[], [{ layer = \"flatten\" }]]".to_owned()),
        Just("[{ layer = \"dense\", out_features = 3 }]".to_owned()),
    ];
    let key = prop::sample::select(vec![
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
        "out_features",
        "rate",
        "momentum",
        "epsilon",
        "output_size",
        "activation",
        "function",
        "layers",
        "shortcut",
        "branches",
        "merge",
        "name",
        "kernel_initializer",
        "in_channels",
        "count_include_pad",
    ]);
    let kind = prop::sample::select(crate::LayerConfig::KINDS.to_vec());
    let layer = (kind, prop::collection::vec((key, number), 0..5)).prop_map(|(kind, settings)| {
        let lines: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!("[[layers]]\nlayer = \"{kind}\"\n{}", lines.concat())
    });
    prop::collection::vec(layer, 0..4).prop_map(|layers| layers.concat())
}

/// Reads and checks a text as a program would; what is left is small enough to be made.
fn survives(text: &str) {
    let Ok(network) = SequentialConfig::from_toml(text) else {
        return;
    };
    for input in [&[1, 8, 8][..], &[5]] {
        if let Ok(summary) = network.summary(input) {
            assert!(summary.total_parameters() <= crate::MAX_PARAMETERS);
            assert!(!summary.to_string().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        survives(&text);
        let _ = SequentialConfig::from_json(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        survives(&text);
        let _ = SequentialConfig::from_json(&text);
    }

    #[test]
    fn no_near_network_panics_or_allocates(text in near_networks()) {
        survives(&text);
    }
}

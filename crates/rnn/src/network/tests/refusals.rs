//! Networks that cannot be: each is refused with its place, the shape that arrives and the rule.

use firebrick_layers::sequential;

use crate::build::*;
use crate::{SequenceNetworkConfig, SequenceShape, sequence};

fn refused(network: &SequenceNetworkConfig, input: &SequenceShape) -> String {
    network.shapes(input).expect_err("an impossible network is refused").to_string()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn an_impossible_network_is_refused_with_place_shape_and_rule() {
    let ids = SequenceShape::ids;
    let features = || SequenceShape::features(3);
    let cases: Vec<(SequenceNetworkConfig, SequenceShape, &str)> = vec![
        (
            sequence![lstm(4)],
            ids(),
            "layer 0.lstm cannot take an input of shape [T]: it needs a sequence of features, [T, F]; put an embedding \
             before it",
        ),
        (
            sequence![embedding(9, 4), gru(4).with_return_sequences(false).named("reader"), lstm(4)],
            ids(),
            "layer 2.lstm cannot take an input of shape [4]: it needs a sequence of features, [T, F]; let the recurrent \
             layer before it return its sequence, and put no pooling between them",
        ),
        (
            sequence![embedding(9, 4), embedding(9, 4)],
            ids(),
            "layer 1.embedding cannot take an input of shape [T, 4]: it needs ids, [T]; it must be the first layer",
        ),
        (
            sequence![dense(4)],
            ids(),
            "layer 0.dense cannot take an input of shape [T]: it needs numbers, not ids; put an embedding before it",
        ),
        (
            sequence![lstm(0)],
            features(),
            "layer 0.lstm cannot take an input of shape [T, 3]: hidden_size must be at least 1",
        ),
        (
            sequence![gru(4).with_dropout(1.0).named("reader")],
            features(),
            "layer 0.gru (`reader`) cannot take an input of shape [T, 3]: dropout is 1: it must be at least 0 and below 1",
        ),
        (
            sequence![dense(0)],
            features().with_steps(7),
            "layer 0.dense cannot take an input of shape [7, 3]: out_features must be at least 1",
        ),
        (
            sequence![flatten(), dense(2)],
            features(),
            "layer 0.flatten cannot take an input of shape [T, 3]: it needs a known number of steps; give the input its \
             steps, or put a pooling over the steps or last_step before it",
        ),
        (
            sequence![residual(sequence![lstm(4)])],
            features(),
            "layer 0.residual cannot take an input of shape [T, 3]: the layers end in [T, 4] and the shortcut in [T, 3]: \
             a residual adds them, so both must be equal; give it a shortcut that projects, such as conv2d with \
             kernel_size 1 and the same stride",
        ),
        (
            sequence![branches(Merge::Concatenate, [sequence![lstm(4)], sequence![global_avg_pool1d()], sequence![]])],
            features(),
            "layer 0.branches cannot take an input of shape [T, 3]: branch 0 ends in [T, 4] and branch 1 in [3]: to \
             concatenate them all sizes but that of the channels or features must be equal",
        ),
        (
            sequence![branches(Merge::Add, [])],
            features(),
            "layer 0.branches cannot take an input of shape [T, 3]: it has no branches; an empty list is a branch that \
             passes its input on",
        ),
        (
            sequence![time_distributed(sequential![dense(4), dense(0).named("inner")])],
            features(),
            "layer 0.time_distributed.1.dense (`inner`) cannot take an input of shape [T, 4]: out_features must be at \
             least 1",
        ),
        (
            sequence![last_step(), time_distributed(sequential![dense(4)])],
            features(),
            "layer 1.time_distributed cannot take an input of shape [3]: it needs something at each step, [T, ...]; let \
             the recurrent layer before it return its sequence, and put no pooling between them",
        ),
        (
            sequence![gru(4)],
            SequenceShape::pictures([1, 4, 4]),
            "layer 0.gru cannot take an input of shape [T, 1, 4, 4]: it needs a sequence of features, [T, F]; put \
             time_distributed with flatten or a global pooling before it",
        ),
        (
            sequence![embedding(1 << 20, 1 << 10)],
            ids(),
            "layer 0.embedding cannot take an input of shape [T]: with it the network has 1073741824 parameters; the \
             limit is 268435456",
        ),
        (
            sequence![lstm(usize::MAX)],
            features(),
            "layer 0.lstm cannot take an input of shape [T, 3]: with it the network has 18446744073709551615 parameters; \
             the limit is 268435456",
        ),
        (
            sequence![bidirectional(lstm(4)).with_backward_layer(lstm(4).into())],
            features(),
            "layer 0.bidirectional cannot take an input of shape [T, 3]: go_backwards of the forward layer is false and of the \
             backward layer false: they must differ, one goes each way",
        ),
        (
            sequence![spatial_dropout1d(f64::NAN)],
            features(),
            "layer 0.spatial_dropout1d cannot take an input of shape [T, 3]: rate is NaN: it must be at least 0 and \
             below 1",
        ),
        (
            sequence![gru(4).named("a"), dense(4).named("a")],
            features(),
            "two layers are named `a`: 0.gru and 1.dense; give one of them another name",
        ),
        (
            sequence![lstm(4)],
            SequenceShape::features(0),
            "a network cannot start from an input of shape [T, 0] (without the batch): every size must be at least 1",
        ),
        (
            sequence![dense(4)],
            SequenceShape::Whole(vec![3]),
            "a network cannot start from an input of shape [3] (without the batch): it needs ids [T], features [T, F] or \
             pictures [T, C, H, W]",
        ),
    ];
    for (network, input, message) in cases {
        assert_eq!(refused(&network, &input), message);
    }
}

#[test]
fn what_is_refused_is_not_made() {
    let device = burn::tensor::Device::flex();
    assert!(sequence![lstm(4)].init(&SequenceShape::ids(), &device).is_err());
}

#[test]
fn a_recurrent_layer_returns_its_sequence_when_a_later_layer_takes_steps() {
    let lstms = |network: SequenceNetworkConfig, input: SequenceShape| -> Vec<bool> {
        let rows = network.shapes(&input).unwrap();
        let recurrent = rows.iter().filter(|row| matches!(row.kind.as_str(), "lstm" | "gru" | "bidirectional"));
        recurrent.map(|row| row.output_shape.len() == 2).collect()
    };
    let features = || SequenceShape::features(4);
    for (network, expected, why) in [
        (sequence![lstm(4), lstm(4), dense(2)], vec![true, false], "the last one ends the sequence"),
        (sequence![lstm(4), dense(3), dropout(0.1), gru(4)], vec![true, false], "dense acts on each step between"),
        (sequence![lstm(4), global_max_pool1d()], vec![true], "a pooling takes steps"),
        (sequence![bidirectional(lstm(4)), bidirectional(gru(4))], vec![true, false], "both directions alike"),
        (sequence![lstm(4), last_step()], vec![true], "last_step takes steps"),
        (sequence![lstm(4).return_sequences(), dense(2)], vec![true], "it was told to"),
        (sequence![lstm(4), time_distributed(sequential![dense(2)])], vec![true], "time_distributed takes steps"),
        (sequence![lstm(4), flatten(), dense(2)], vec![false], "flatten takes what comes"),
        (sequence![residual(sequence![lstm(4)]), lstm(4)], vec![true, false], "the residual is followed by a layer"),
        (sequence![residual(sequence![lstm(4)])], vec![true], "the shortcut passes the sequence on"),
        (
            sequence![residual(sequence![lstm(4)]).with_shortcut(sequence![last_step()])],
            vec![false],
            "the shortcut is the last step alone",
        ),
        (
            sequence![lstm(4), residual(sequence![dense(4)]), dense(2)],
            vec![false],
            "nothing in the residual takes steps",
        ),
        (
            sequence![branches(Merge::Add, [sequence![lstm(4)], sequence![gru(4)]])],
            vec![false, false],
            "both end alike",
        ),
        (
            sequence![branches(Merge::Add, [sequence![lstm(4)], sequence![gru(4).return_sequences()]])],
            vec![true, true],
            "the second was told to",
        ),
    ] {
        assert_eq!(lstms(network, features()), expected, "{why}");
    }
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let mut network = sequence![dense(4)];
    for _ in 0..40 {
        network = sequence![residual(network)];
    }
    let message = refused(&network, &SequenceShape::features(4));
    assert!(message.ends_with("residuals and branches nest more than 32 deep"), "{message}");
}

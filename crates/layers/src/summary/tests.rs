//! The table as it is printed, and its figures.
use crate::build::*;
use crate::{Summary, sequential};

fn convnet() -> Summary {
    let network = sequential![
        conv2d(32, 3).relu(),
        max_pool2d(2),
        conv2d(64, 3).relu().named("last"),
        max_pool2d(2),
        flatten(),
        dropout(0.5),
        dense(10).softmax(),
    ];
    network.summary(&[1, 28, 28]).unwrap()
}

#[test]
fn the_simple_convnet_prints_as_keras_prints_it() {
    insta::assert_snapshot!(convnet(), @r"
    ┏━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
    ┃ Layer (type)  ┃ Output shape    ┃ Parameters ┃ Multiply-adds ┃    Memory ┃
    ┡━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
    │ 0.conv2d      │ [B, 32, 26, 26] │        320 │       194,688 │ 84.50 KiB │
    │ 1.max_pool2d  │ [B, 32, 13, 13] │          0 │             0 │ 21.12 KiB │
    │ last (conv2d) │ [B, 64, 11, 11] │     18,496 │     2,230,272 │ 30.25 KiB │
    │ 3.max_pool2d  │ [B, 64, 5, 5]   │          0 │             0 │  6.25 KiB │
    │ 4.flatten     │ [B, 1600]       │          0 │             0 │  6.25 KiB │
    │ 5.dropout     │ [B, 1600]       │          0 │             0 │  6.25 KiB │
    │ 6.dense       │ [B, 10]         │     16,010 │        16,000 │      40 B │
    └───────────────┴─────────────────┴────────────┴───────────────┴───────────┘
     Total parameters: 34,826 (136.04 KiB)
     Trainable parameters: 34,826 (136.04 KiB)
     Non-trainable parameters: 0 (0 B)
     Multiply-adds: 2,440,960 per sample
     Activation memory: 154.66 KiB per sample
    ");
}

#[test]
fn what_is_inside_follows_indented_and_running_statistics_are_not_trainable() {
    let network = sequential![
        residual(sequential![conv2d(4, 3).same(), batch_norm()])
            .with_shortcut(sequential![conv2d(4, 1)])
            .named("block"),
        branches(Merge::Concatenate, [sequential![], sequential![conv2d(1, 1)]]),
    ];
    insta::assert_snapshot!(network.summary(&[2, 5, 5]).unwrap(), @r"
    ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━┓
    ┃ Layer (type)                   ┃ Output shape ┃ Parameters ┃ Multiply-adds ┃ Memory ┃
    ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━┩
    │ block (residual)               │ [B, 4, 5, 5] │          0 │             0 │  400 B │
    │   0.residual.0.conv2d          │ [B, 4, 5, 5] │         76 │         1,800 │  400 B │
    │   0.residual.1.batch_norm      │ [B, 4, 5, 5] │         16 │             0 │  400 B │
    │   0.residual.shortcut.0.conv2d │ [B, 4, 5, 5] │         12 │           200 │  400 B │
    │ 1.branches                     │ [B, 5, 5, 5] │          0 │             0 │  500 B │
    │   1.branches.1.0.conv2d        │ [B, 1, 5, 5] │          5 │           100 │  100 B │
    └────────────────────────────────┴──────────────┴────────────┴───────────────┴────────┘
     Total parameters: 109 (436 B)
     Trainable parameters: 101 (404 B)
     Non-trainable parameters: 8 (32 B)
     Multiply-adds: 2,100 per sample
     Activation memory: 2.15 KiB per sample
    ");
}

#[test]
fn a_summary_is_data() {
    let summary = convnet();
    assert_eq!(summary.total_parameters(), 34_826);
    assert_eq!(summary.multiply_adds(), 26 * 26 * 32 * 9 + 11 * 11 * 64 * 32 * 9 + 1600 * 10);
    assert_eq!(summary.rows[0].activation_bytes, 32 * 26 * 26 * 4);
    let text = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary);
}

//! The table as it is printed.

use firebrick_layers::sequential;

use crate::build::*;
use crate::{SequenceNetworkConfig, SequenceShape, sequence};

fn network() -> SequenceNetworkConfig {
    sequence![
        embedding(1000, 16).mask_zero().named("words"),
        residual(sequence![gru(16), dropout(0.2)]),
        time_distributed(sequential![dense(8).relu()]),
        lstm(4),
        dense(2),
    ]
}

#[test]
fn a_network_over_any_number_of_steps_prints_its_work_for_one() {
    insta::assert_snapshot!(network().summary(&SequenceShape::ids()).unwrap(), @r"
    ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━┓
    ┃ Layer (type)                 ┃ Output shape ┃ Parameters ┃ Multiply-adds ┃ Memory ┃
    ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━┩
    │ words (embedding)            │ [B, T, 16]   │     16,000 │             0 │   64 B │
    │ 1.residual                   │ [B, T, 16]   │          0 │             0 │   64 B │
    │   1.residual.0.gru           │ [B, T, 16]   │      1,632 │         1,536 │   64 B │
    │   1.residual.1.dropout       │ [B, T, 16]   │          0 │             0 │   64 B │
    │ 2.time_distributed           │ [B, T, 8]    │          0 │             0 │   32 B │
    │   2.time_distributed.0.dense │ [B, T, 8]    │        136 │           128 │   32 B │
    │ 3.lstm                       │ [B, 4]       │        208 │           192 │   16 B │
    │ 4.dense                      │ [B, 2]       │         10 │             8 │    8 B │
    └──────────────────────────────┴──────────────┴────────────┴───────────────┴────────┘
     Total parameters: 17,986 (70.26 KiB)
     Trainable parameters: 17,986 (70.26 KiB)
     Non-trainable parameters: 0 (0 B)
     Multiply-adds: 1,864 per sample of one step
     Activation memory: 344 B per sample of one step
    ");
}

#[test]
fn work_grows_with_the_steps_where_their_number_is_known() {
    let fifty = network().summary(&SequenceShape::ids().with_steps(50)).unwrap();
    let any = network().summary(&SequenceShape::ids()).unwrap();
    let work = |summary: &firebrick_layers::Summary, place: &str| {
        let row = summary.rows.iter().find(|row| row.place == place).unwrap();
        (row.multiply_adds, row.activation_bytes)
    };
    assert_eq!(work(&any, "1.residual.0.gru"), ((16 + 16) * 3 * 16, 16 * 4));
    assert_eq!(work(&fifty, "1.residual.0.gru"), (50 * (16 + 16) * 3 * 16, 50 * 16 * 4));
    assert_eq!(work(&fifty, "2.time_distributed.0.dense"), (50 * 16 * 8, 50 * 8 * 4));
    assert_eq!(work(&fifty, "4.dense"), (4 * 2, 2 * 4), "once for the whole sequence");
    assert_eq!(fifty.total_parameters(), any.total_parameters());
    assert_eq!(fifty.output_shape, [2]);
    assert_eq!(fifty.input_shape, [50]);
}

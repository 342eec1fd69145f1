"""Reads what the example `loggers` has written with pandas and TensorBoard's own reader.

Run by `cargo xtask check --peers`, or: cargo run --example loggers -- DIRECTORY && python loggers.py DIRECTORY
"""

import json
import math
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from tensorboard import data_compat
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto import event_pb2
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.util import tensor_util

EPOCHS = list(range(1, 6))
STEPS = 4
KINDS = ("tensors", "scalars", "images", "histograms", "compressedHistograms", "audio")
NOTHING_DROPPED = {kind: 0 for kind in KINDS}


def accumulated(directory):
    """All events of a run, none dropped by sampling."""
    accumulator = EventAccumulator(str(directory), size_guidance=NOTHING_DROPPED)
    accumulator.Reload()
    return accumulator


def scalars(accumulator, tag):
    events = accumulator.Scalars(tag)
    return [event.step for event in events], np.array([event.value for event in events])


def same(values, expected):
    np.testing.assert_array_equal(np.asarray(values, np.float32), np.asarray(expected, np.float32))


def check_alone(directory):
    events = accumulated(directory)
    assert events.file_version == 2.0, events.file_version
    steps, values = scalars(events, "wave")
    assert steps == list(range(20))
    same(values, np.cos(np.arange(20)))
    check_histograms(directory)
    summary = events.Histograms("spread")[0].histogram_value
    spread = np.cos(np.arange(1000, dtype=np.float32)).astype(np.float64)
    assert summary.num == 1000 and math.isclose(summary.min, spread.min(), rel_tol=1e-6)
    assert math.isclose(summary.sum, spread.sum(), abs_tol=1e-4)
    assert math.isclose(summary.sum_squares, (spread**2).sum(), rel_tol=1e-6)
    image = events.Images("swatch")[0]
    assert (image.width, image.height) == (3, 2)
    assert Image.open(BytesIO(image.encoded_image_string)).getpixel((0, 0)) == (200, 30, 10)
    text = events.Tensors("notes")[0]
    assert tensor_util.make_ndarray(text.tensor_proto).item().decode() == "Ein *Ofen* – 窯"
    assert events.SummaryMetadata("notes").plugin_data.plugin_name == "text"


def check_histograms(directory):
    """The buckets are those that TensorBoard's own writer counts."""
    expected = {
        "spread": np.cos(np.arange(1000, dtype=np.float32)),
        "equal": np.full(6, 0.25),
        "holes": np.array([-1.0, 2.0]),
        "nothing": np.array([]),
    }
    found = {}
    for path in directory.iterdir():
        for event in EventFileLoader(str(path)).Load():
            for value in data_compat.migrate_event(event).summary.value:
                if value.tag in expected:
                    found[value.tag] = tensor_util.make_ndarray(value.tensor)
    assert found.keys() == expected.keys(), found.keys()
    for tag, values in expected.items():
        buckets = tensor_util.make_ndarray(histogram_pb(tag, values).value[0].tensor)
        # TensorBoard drops empty buckets at both ends when it reads this form.
        filled = np.flatnonzero(buckets[:, 2])
        buckets = buckets[filled[0] : filled[-1] + 1] if filled.size else buckets[:0]
        assert found[tag].shape == buckets.shape, (tag, found[tag].shape, buckets.shape)
        np.testing.assert_allclose(found[tag][:, :2], buckets[:, :2], rtol=1e-5, atol=1e-6, err_msg=tag)
        # A value on an edge may fall to either side when the last bit of the edge differs.
        assert np.abs(found[tag][:, 2] - buckets[:, 2]).max(initial=0) <= 1, tag
        assert found[tag][:, 2].sum() == len(values), tag


def check_csv(directory):
    log = pd.read_csv(directory / "log.csv")
    assert list(log.columns) == ["epoch", "train_loss", "valid_loss", "learning_rate", "valid_odd"], log.columns
    assert log.epoch.tolist() == EPOCHS
    assert all(dtype.kind in "if" for dtype in log.dtypes), log.dtypes
    odd = log.valid_odd.tolist()
    assert math.isnan(odd[0]) and math.isnan(odd[1]) and odd[2:] == [math.inf, -math.inf, 1e-300], odd
    assert (directory / "log.csv").read_text().splitlines()[1].endswith(",NA")
    history = pd.read_csv(directory / "history.csv")
    for column in ["train_loss", "valid_loss", "learning_rate"]:
        assert log[column].tolist() == history[column].tolist(), column
    return log


def check_json_lines(directory, log):
    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    lines = (directory / "log.jsonl").read_text().splitlines()
    rows = [json.loads(line, parse_constant=refuse) for line in lines]
    epochs = [row for row in rows if row["kind"] == "epoch"]
    batches = [row for row in rows if row["kind"] == "batch"]
    assert [row["epoch"] for row in epochs] == EPOCHS
    assert [row["train_loss"] for row in epochs] == log.train_loss.tolist()
    assert [float(row["valid_odd"]) for row in epochs[2:]] == [math.inf, -math.inf, 1e-300]
    assert "valid_odd" not in epochs[0] and math.isnan(float(epochs[1]["valid_odd"]))
    assert [row["global_step"] for row in batches] == list(range(3, STEPS * len(EPOCHS) + 1, 3))
    assert [row["step"] for row in batches] == [(row["global_step"] - 1) % STEPS + 1 for row in batches]
    assert all(math.isfinite(row["train_loss"]) for row in batches)
    assert len(pd.read_json(directory / "log.jsonl", lines=True)) == len(rows)


def check_board(directory, log):
    train, valid, batches = (accumulated(directory / run) for run in ("train", "valid", "batches"))
    # The failed run and the one that went on: a file each, and no step twice.
    assert len(list((directory / "batches").iterdir())) == 2
    for run, split in [(train, "train"), (valid, "valid")]:
        steps, losses = scalars(run, "epoch_loss")
        assert steps == EPOCHS, steps
        same(losses, log[f"{split}_loss"])
    steps, rates = scalars(train, "epoch_learning_rate")
    assert steps == EPOCHS
    same(rates, log.learning_rate)
    steps, odd = scalars(valid, "epoch_odd")
    assert steps == EPOCHS[1:]
    same(odd, log.valid_odd[1:])
    for tag in ["batch_loss", "batch_learning_rate"]:
        assert scalars(batches, tag)[0] == list(range(2, STEPS * len(EPOCHS) + 1, 2)), tag
    # The fourth batch ends the epoch: the loss over the batches so far is the epoch's.
    same(scalars(batches, "batch_loss")[1][1::2], log.train_loss)
    for tag in ["linear/weight", "linear/bias"]:
        histograms = train.Histograms(tag)
        assert [event.step for event in histograms] == [2, 4] and histograms[0].histogram_value.num == 1
        pictures = train.Images(f"{tag}/picture")
        assert [event.step for event in pictures] == [2, 4]
        # One weight, so there is no darker and no lighter one.
        assert Image.open(BytesIO(pictures[0].encoded_image_string)).getdata()[0] == 128
    assert [event.step for event in train.Tensors("notes")] == EPOCHS
    assert [event.step for event in train.Tensors("configuration")] == [0]
    assert [event.step for event in train.Images("swatch")] == EPOCHS


def check_repeated(directory):
    """There was something to drop: the failed run's files hold steps that the resumed one's hold again."""
    raw = [event for path in sorted(directory.iterdir()) for event in EventFileLoader(str(path)).Load()]
    starts = [event.step for event in raw if event.session_log.status == event_pb2.SessionLog.START]
    assert starts == [0, 2 * STEPS + 1], starts
    # Two values a step.
    steps = [event.step for event in raw if event.HasField("summary")]
    assert steps.count(2 * STEPS + 2) == 4, steps


def check_runs(directory):
    """As TensorBoard's web page finds them."""
    multiplexer = EventMultiplexer(size_guidance=NOTHING_DROPPED)
    multiplexer.AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    assert sorted(multiplexer.Runs()) == ["batches", "train", "valid"], multiplexer.Runs()
    plugins = {"epoch_loss": "scalars", "notes": "text", "swatch": "images", "linear/weight": "histograms"}
    for tag, plugin in plugins.items():
        assert multiplexer.SummaryMetadata("train", tag).plugin_data.plugin_name == plugin, tag
    assert [event.step for event in multiplexer.Tensors("train", "epoch_loss")] == EPOCHS


def main():
    directory = Path(sys.argv[1])
    check_alone(directory / "alone")
    log = check_csv(directory)
    check_json_lines(directory, log)
    check_board(directory / "logs", log)
    check_repeated(directory / "logs" / "batches")
    check_runs(directory / "logs")


if __name__ == "__main__":
    main()

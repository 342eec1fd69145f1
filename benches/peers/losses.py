"""Writes losses.json: the losses of PyTorch's sequence workloads over 20 steps of training, by name.

What goes in are formulas, so that the file holds losses only. With h(i, k) = (2654435761 (i + 1000003 k)² mod 2³²) / 2³²,
element i of the k-th parameter is (2 h(i, k) - 1) s, where s is 1 for the table of words and 1/√128 for all others; word i of the
batch is 1 + floor(19999 h(i, 100)), text i has label 1 where h(i, 101) < 1/2, else 0. Parameters count in the order table, input weights,
recurrent weights, bias, recurrent bias, weights and bias of the head; a matrix is what our layers hold, the transpose of PyTorch's.

Run: python losses.py (needs torch and numpy; written with PyTorch 2.15)
"""

import json
import math
import pathlib

import numpy
import torch

from sequences import BATCH, HIDDEN, STEPS, WORDS
from torch_sequences import CELLS, Classifier, training

TRAINING_STEPS = 20


def draws(count, k):
    """h(i, k) for the first `count` i."""
    i = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(1000003 * k)
    return ((numpy.uint64(2654435761) * i * i) % numpy.uint64(1 << 32)).astype(numpy.float64) / (1 << 32)


def assign(model):
    recurrent, head = model.recurrent, model.head
    parameters = [
        model.embedding.weight,
        recurrent.weight_ih_l0,
        recurrent.weight_hh_l0,
        recurrent.bias_ih_l0,
        recurrent.bias_hh_l0,
        head.weight,
        head.bias,
    ]
    for k, parameter in enumerate(parameters):
        scale = 1.0 if k == 0 else 1.0 / math.sqrt(HIDDEN)
        transposed = k > 0 and parameter.dim() == 2
        shape = parameter.shape[::-1] if transposed else parameter.shape
        values = ((2 * draws(parameter.numel(), k) - 1) * scale).astype(numpy.float32).reshape(tuple(shape))
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values.T if transposed else values))


def losses(cell, part):
    model = Classifier(cell, part == "-lengths", part == "-lazy")
    assign(model)
    ids = 1 + (draws(BATCH * STEPS, 100) * (WORDS - 1)).astype(numpy.int64)
    labels = (draws(BATCH, 101) < 0.5).astype(numpy.int64)
    ids = torch.from_numpy(ids.reshape(BATCH, STEPS))
    step = training(model, model, ids, torch.from_numpy(labels), part == "-lazy")
    return [round(step().item(), 6) for _ in range(TRAINING_STEPS)]


def main():
    parts = ["", "-lengths", "-lazy"]
    found = {cell + part: losses(cell, part) for cell in CELLS for part in parts}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

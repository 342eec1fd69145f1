"""Writes losses.json: the losses of PyTorch's workloads over 20 steps of training, by name.

What goes in are formulas, so that the file holds losses only. With h(i, k) = (2654435761 (i + 1000003 k)² mod 2³²) / 2³²,
element i of the k-th parameter is (2 h(i, k) - 1) s.

Sequences: s is 1 for the table of words and 1/√128 for all others; word i of the batch is 1 + floor(19999 h(i, 100)), text i has
label 1 where h(i, 101) < 1/2, else 0. Parameters count in the order table, input weights, recurrent weights, bias, recurrent bias,
weights and bias of the head.

Pictures: only matrices and filters count, in the order of the layers, from 0, those of a discriminator from 50; s is 1/√n, where n is
the rows of a matrix and the weights of a filter. Biases are 0 and scales 1. Picture i is the wave ½ + ½ sin(h(i, 102) row +
h(i, 103) column), its label floor(10 h(i, 101)); number i of the noise of step t is 2 h(i, 200 + t) - 1. There is no dropout. The two
players learn at a rate of 3e-5: at 1e-3 PyTorch's own losses in single and in double precision part by 1e-3 within six steps.

A matrix is what our layers hold, the transpose of PyTorch's.

Run: python losses.py [NAME..] for all, or for some of cnn, ae, dcgan, lstm, ... (needs torch and numpy; written with PyTorch 2.15)
"""

import json
import math
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from torch import nn

import torch_pictures
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


def assign_filters(model, first=0):
    """Formulas for the matrices and filters, zeros for the biases."""
    k = first
    for module in model.modules():
        if not isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            continue
        weight = module.weight.detach().T if isinstance(module, nn.Linear) else module.weight.detach()
        inputs = weight.shape[0] if weight.dim() == 2 else math.prod(weight.shape[1:])
        values = ((2 * draws(weight.numel(), k) - 1) / math.sqrt(inputs)).astype(numpy.float32)
        weight.copy_(torch.from_numpy(values.reshape(tuple(weight.shape))))
        nn.init.zeros_(module.bias)
        k += 1
    return model


def waves(count):
    """Pictures [count, 1, 28, 28]."""
    rows, columns = draws(count, 102)[:, None, None], draws(count, 103)[:, None, None]
    row, column = numpy.arange(28.0)[None, :, None], numpy.arange(28.0)[None, None, :]
    values = 0.5 + 0.5 * numpy.sin(rows * row + columns * column)
    return torch.from_numpy(values.astype(numpy.float32))[:, None]


def supervised_losses(name):
    count = torch_pictures.BATCHES[name]
    x = waves(count)
    if name == "ae":
        model, y, loss_of = torch_pictures.autoencoder(), x, F.mse_loss
    else:
        model, loss_of = torch_pictures.cnn(dropout=False), F.cross_entropy
        y = torch.from_numpy((draws(count, 101) * 10).astype(numpy.int64))
    step = torch_pictures.training(assign_filters(model), model, x, y, loss_of)
    return {name: [round(step().item(), 6) for _ in range(TRAINING_STEPS)]}


def adversarial_losses():
    count, noise = torch_pictures.BATCHES["dcgan"], torch_pictures.NOISE
    players = assign_filters(torch_pictures.generator()), assign_filters(torch_pictures.discriminator(), 50)
    step = torch_pictures.contest(players, players, waves(count) * 2 - 1, rate=3e-5)
    found = []
    for t in range(TRAINING_STEPS):
        values = (2 * draws(count * noise, 200 + t) - 1).astype(numpy.float32)
        found.append([round(loss.item(), 6) for loss in step(torch.from_numpy(values.reshape(count, noise)))])
    return {"dcgan-discriminator": [loss for loss, _ in found], "dcgan-generator": [loss for _, loss in found]}


def losses(cell, part):
    model = Classifier(cell, part == "-lengths", part == "-lazy")
    assign(model)
    ids = 1 + (draws(BATCH * STEPS, 100) * (WORDS - 1)).astype(numpy.int64)
    labels = (draws(BATCH, 101) < 0.5).astype(numpy.int64)
    ids = torch.from_numpy(ids.reshape(BATCH, STEPS))
    step = training(model, model, ids, torch.from_numpy(labels), part == "-lazy")
    return [round(step().item(), 6) for _ in range(TRAINING_STEPS)]


def main():
    made = {"cnn": lambda: supervised_losses("cnn"), "ae": lambda: supervised_losses("ae"), "dcgan": adversarial_losses}
    for name in [cell + part for cell in CELLS for part in ("", "-lengths", "-lazy")]:
        cell, dash, part = name.partition("-")
        made[name] = lambda name=name, cell=cell, part=dash + part: {name: losses(cell, part)}
    path = pathlib.Path(__file__).with_suffix(".json")
    found = json.loads(path.read_text()) if sys.argv[1:] else {}
    for name in sys.argv[1:] or made:
        found |= made[name]()
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

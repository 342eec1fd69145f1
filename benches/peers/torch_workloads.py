#!/usr/bin/env python3
"""The reference workloads in PyTorch on the CPU: float32, all threads, Adam, data in memory."""

import os

import torch
from torch import nn

from measure import arguments, print_row, samples_per_second

BATCH = 128


def cnn():
    """Keras's simple convnet, 34,826 parameters, with one batch of random pictures."""
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(1600, 10),
    )
    return model, torch.rand(BATCH, 1, 28, 28), torch.randint(0, 10, (BATCH,)), nn.CrossEntropyLoss()


WORKLOADS = {"cnn": cnn}


def main():
    args = arguments(__doc__, list(WORKLOADS), compile=bool)
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    model, x, y, loss = WORKLOADS[args.workload]()
    forward = torch.compile(model) if args.compile else model
    engine = "torch-compile" if args.compile else "torch"
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss(forward(x), y).backward()
        optimizer.step()

    @torch.inference_mode()
    def infer():
        forward(x)

    for kind, step in (("train", train), ("infer", infer)):
        model.train(kind == "train")
        print_row(args, engine, torch.__version__, kind, samples_per_second(step, BATCH, args.seconds))


if __name__ == "__main__":
    main()

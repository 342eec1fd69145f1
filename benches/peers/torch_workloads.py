#!/usr/bin/env python3
"""The reference workloads in PyTorch on the CPU: float32, all threads, Adam, data in memory."""

import os

import torch
from torch import nn

import sequences
import torch_sequences
from measure import arguments, print_row, samples_per_second

BATCH = 128


def cnn(compiled):
    """Keras's simple convnet, 34,826 parameters, with one batch of random pictures; training, then inference."""
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
    x, y, loss = torch.rand(BATCH, 1, 28, 28), torch.randint(0, 10, (BATCH,)), nn.CrossEntropyLoss()
    forward = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss(forward(x), y).backward()
        optimizer.step()

    @torch.inference_mode()
    def infer():
        forward(x)

    yield "train", train
    model.eval()
    yield "infer", infer


def main():
    args = arguments(__doc__, ["cnn", *torch_sequences.WORKLOADS], compile=bool)
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    engine = "torch-compile" if args.compile else "torch"
    if args.workload == "cnn":
        samples, kinds = BATCH, cnn(args.compile)
    else:
        samples, kinds = sequences.BATCH, torch_sequences.kinds(args.workload, args.compile)
    for kind, step in kinds:
        print_row(args, engine, torch.__version__, kind, samples_per_second(step, samples, args.seconds))


if __name__ == "__main__":
    main()

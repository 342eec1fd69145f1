#!/usr/bin/env python3
"""The reference workloads in PyTorch on the CPU: float32, all threads, Adam, data in memory."""

import os

import torch

import sequences
import torch_pictures
import torch_sequences
from measure import arguments, print_row, samples_per_second

# The side of the matrices whose product tells what the machine can do at best.
SIDE = 1024


def product():
    """The product of two matrices; a "sample" is a million multiplications and additions, so that the rate is in MFLOP/s."""
    a, b = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    out = torch.empty(SIDE, SIDE)
    return 2 * SIDE**3 // 10**6, [("product", lambda: torch.mm(a, b, out=out))]


def main():
    names = [*torch_pictures.WORKLOADS, *torch_sequences.WORKLOADS, "peak"]
    args = arguments(__doc__, names, mode=torch_pictures.MODES)
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    engine = "torch" if args.mode == "eager" else f"torch-{args.mode}"
    if args.workload == "peak":
        samples, kinds = product()
    elif args.workload in torch_pictures.WORKLOADS:
        samples, kinds = torch_pictures.BATCHES[args.workload], torch_pictures.kinds(args.workload, args.mode)
    else:
        samples, kinds = sequences.BATCH, torch_sequences.kinds(args.workload, args.mode == "compile")
    for kind, step in kinds:
        print_row(args, engine, torch.__version__, kind, *samples_per_second(step, samples, args.seconds))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The reference workloads in Keras 3 on the CPU, on TensorFlow or JAX: float32, Adam, data in memory.

Training is one compiled step, `train_on_batch`, or with `--loop fit` a whole `fit` of forty batches whose steps are compiled eight at
a time; inference is `predict_on_batch`. A DCGAN trains by one compiled function of its own, as Keras's guides write it.
"""

import os

import keras_adversarial
import keras_pictures
import keras_sequences
from measure import arguments, print_row, samples_per_second

# Batches of a `fit`, and how many of its steps are compiled as one.
BATCHES = 40
STEPS_PER_EXECUTION = 8


def kinds(keras, draw, args):
    """What is measured: a kind, the samples and steps of one call, and the function that makes the call."""
    name = args.workload
    if name == "dcgan":
        step, generator = keras_adversarial.step(keras, draw, args.backend)
        noise = draw.standard_normal((keras_adversarial.BATCH, keras_adversarial.NOISE), dtype="float32")
        yield "train", len(noise), 1, step
        yield "infer", len(noise), 1, lambda: generator.predict_on_batch(noise)
        return
    if name in keras_pictures.WORKLOADS:
        batch = keras_pictures.BATCHES[name]
        model, loss, x, y = keras_pictures.supervised(keras, draw, name, batch * BATCHES)
    else:
        batch = keras_sequences.BATCH
        model, loss, x, y = keras_sequences.supervised(keras, draw, name, batch * BATCHES)
    if args.loop == "fit":
        model.compile(optimizer="adam", loss=loss, steps_per_execution=STEPS_PER_EXECUTION)
        yield "train", len(x), BATCHES, lambda: model.fit(x, y, batch_size=batch, verbose=0)
        return
    model.compile(optimizer="adam", loss=loss)
    x, y = x[:batch], y[:batch]
    yield "train", batch, 1, lambda: model.train_on_batch(x, y)
    yield "infer", batch, 1, lambda: model.predict_on_batch(x)


def main():
    names = [*keras_pictures.WORKLOADS, *keras_sequences.WORKLOADS]
    args = arguments(__doc__, names, backend=["tensorflow", "jax"], loop=["batch", "fit"])
    # Keras reads its backend from the environment when it is imported.
    os.environ["KERAS_BACKEND"] = args.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy

    keras.utils.set_random_seed(0)
    draw = numpy.random.default_rng(0)
    engine = f"keras-{args.backend}" + ("-fit" if args.loop == "fit" else "")
    for kind, samples, steps, call in kinds(keras, draw, args):
        rates, faults = samples_per_second(call, samples, args.seconds)
        print_row(args, engine, keras.__version__, kind, rates, faults / steps)


if __name__ == "__main__":
    main()

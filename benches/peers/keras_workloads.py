#!/usr/bin/env python3
"""The reference workloads in Keras 3 on the CPU, on TensorFlow or JAX: float32, Adam, data in memory.

Training is one compiled step, `train_on_batch`; inference is `predict_on_batch`.
"""

import os

import keras_sequences
from measure import arguments, print_row, samples_per_second

BATCH = 128


def cnn(keras, draw):
    """The simple convnet of the Keras examples, 34,826 parameters, with one batch of random pictures."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, draw.random((BATCH, 28, 28, 1), dtype="float32"), draw.integers(0, 10, BATCH)


def main():
    args = arguments(__doc__, ["cnn", *keras_sequences.WORKLOADS], backend=["tensorflow", "jax"])
    # Keras reads its backend from the environment when it is imported.
    os.environ["KERAS_BACKEND"] = args.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy

    keras.utils.set_random_seed(0)
    draw = numpy.random.default_rng(0)
    if args.workload == "cnn":
        model, x, y = cnn(keras, draw)
    else:
        model, x, y = keras_sequences.classifier(keras, draw, args.workload)
    steps = {"train": lambda: model.train_on_batch(x, y), "infer": lambda: model.predict_on_batch(x)}
    for kind, step in steps.items():
        rates = samples_per_second(step, len(x), args.seconds)
        print_row(args, f"keras-{args.backend}", keras.__version__, kind, rates)


if __name__ == "__main__":
    main()

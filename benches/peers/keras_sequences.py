"""The sequence workloads in Keras: its imdb_lstm with an LSTM or a GRU."""

from sequences import BATCH, CLASSES, FEATURES, HIDDEN, LENGTHS, STEPS, WORDS

WORKLOADS = ["lstm", "gru", "lstm-lengths", "gru-lengths"]


def supervised(keras, draw, name, count):
    """The model, its loss, and `count` random texts with labels; those of different lengths end in 0, which the embedding masks."""
    cell, _, part = name.partition("-")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((STEPS,), dtype="int32"),
            layers.Embedding(WORDS, FEATURES, mask_zero=part == "lengths"),
            {"lstm": layers.LSTM, "gru": layers.GRU}[cell](HIDDEN),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    ids = draw.integers(1, WORDS, (count, STEPS)).astype("int32")
    if part == "lengths":
        for i, text in enumerate(ids):
            text[LENGTHS[i % BATCH] :] = 0
    return model, "sparse_categorical_crossentropy", ids, draw.integers(0, CLASSES, count)

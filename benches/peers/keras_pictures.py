"""The workloads on pictures in Keras: a convnet, an autoencoder, a DCGAN."""

WORKLOADS = ["cnn", "ae", "dcgan"]
BATCHES = {"cnn": 128, "ae": 128, "dcgan": 64}
NOISE = 100


def cnn(keras):
    """The simple convnet of the Keras examples, 34,826 parameters."""
    layers = keras.layers
    return keras.Sequential(
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


def autoencoder(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2DTranspose(16, 2, strides=2, activation="relu"),
            layers.Conv2DTranspose(1, 2, strides=2, activation="sigmoid"),
        ]
    )


def supervised(keras, draw, name, count):
    """The compiled model with `count` random pictures and what they are to become; dcgan is in keras_adversarial.py."""
    pictures = draw.random((count, 28, 28, 1), dtype="float32")
    if name == "ae":
        return autoencoder(keras), "mse", pictures, pictures
    return cnn(keras), "sparse_categorical_crossentropy", pictures, draw.integers(0, 10, count)


def generator(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 4, 2, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, 4, 2, padding="same", activation="tanh"),
        ]
    )


def discriminator(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 4, 2, padding="same"),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )

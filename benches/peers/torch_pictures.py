"""The workloads on pictures in PyTorch: a convnet, an autoencoder, a DCGAN; eager, compiled, or with channels last."""

import contextlib

import torch
import torch.nn.functional as F
from torch import nn

WORKLOADS = ["cnn", "ae", "dcgan"]
MODES = ["eager", "compile", "channels-last"]
BATCHES = {"cnn": 128, "ae": 128, "dcgan": 64}
NOISE = 100


def cnn(dropout=True):
    """Keras's simple convnet."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5 if dropout else 0.0),
        nn.Linear(1600, 10),
    )


def autoencoder():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.ConvTranspose2d(8, 16, 2, 2),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 2, 2),
        nn.Sigmoid(),
    )


def generator():
    return nn.Sequential(
        nn.Linear(NOISE, 128 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


def discriminator():
    return nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1),
        nn.BatchNorm2d(128),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(128 * 7 * 7, 1),
    )


def adam(model, rate=1e-3):
    return torch.optim.Adam(model.parameters(), lr=rate)


def training(model, forward, x, y, loss_of):
    """A function that takes one step and returns the loss before it."""
    optimizer = adam(model)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


@contextlib.contextmanager
def without_gradient(model):
    """The model's weights take no part in a gradient; its batch norm still trains."""
    model.requires_grad_(False)
    yield
    model.requires_grad_(True)


def contest(players, forwards, real, rate=1e-3):
    """A function that takes one step of each player with some noise and returns the losses of discriminator and generator."""
    (g, d), (generate, judge) = players, forwards
    adam_g, adam_d = adam(g, rate), adam(d, rate)
    one, zero = torch.ones(len(real), 1), torch.zeros(len(real), 1)
    mistakes = F.binary_cross_entropy_with_logits

    def step(noise):
        fake = generate(noise)
        adam_d.zero_grad(set_to_none=True)
        loss_d = mistakes(judge(real), one) + mistakes(judge(fake.detach()), zero)
        loss_d.backward()
        adam_d.step()
        adam_g.zero_grad(set_to_none=True)
        with without_gradient(d):
            loss_g = mistakes(judge(fake), one)
            loss_g.backward()
        adam_g.step()
        return loss_d, loss_g

    return step


def prepared(model, mode):
    """The model as the mode has it, and what runs it forward."""
    if mode == "channels-last":
        model.to(memory_format=torch.channels_last)
    return model, torch.compile(model) if mode == "compile" else model


def pictures(count, mode):
    x = torch.rand(count, 1, 28, 28)
    return x.to(memory_format=torch.channels_last) if mode == "channels-last" else x


def kinds(name, mode):
    """What is measured of a workload: pairs of a kind and the function that takes one step of it, made when it is asked for."""
    count = BATCHES[name]
    if name == "dcgan":
        (g, generate), (d, judge) = prepared(generator(), mode), prepared(discriminator(), mode)
        step = contest((g, d), (generate, judge), pictures(count, mode) * 2 - 1)
        yield "train", lambda: step(torch.randn(count, NOISE))
        model, forward, x = g, generate, torch.randn(count, NOISE)
    else:
        model, forward = prepared(cnn() if name == "cnn" else autoencoder(), mode)
        x = pictures(count, mode)
        y, loss = (x, F.mse_loss) if name == "ae" else (torch.randint(0, 10, (count,)), F.cross_entropy)
        yield "train", training(model, forward, x, y, loss)

    @torch.inference_mode()
    def infer():
        forward(x)

    model.eval()
    yield "infer", infer

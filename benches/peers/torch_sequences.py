"""The sequence workloads in PyTorch: Keras's imdb_lstm with an LSTM or a GRU, and the recurrent layer alone."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from sequences import BATCH, CLASSES, FEATURES, HIDDEN, LENGTHS, LONG, STEPS, WORDS

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
WORKLOADS = [cell + part for cell in CELLS for part in ("", "-lengths", "-lazy", "-long")]


class Classifier(nn.Module):
    """Embedding, recurrent layer, head; `lengths` packs the sequences, `lazy` gives the table a sparse gradient."""

    def __init__(self, cell, lengths=False, lazy=False):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, FEATURES, sparse=lazy)
        self.recurrent = CELLS[cell](FEATURES, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, CLASSES)
        self.lengths = torch.tensor(LENGTHS) if lengths else None

    def forward(self, ids):
        words = self.embedding(ids)
        if self.lengths is None:
            return self.head(self.recurrent(words)[0][:, -1])
        packed = pack_padded_sequence(words, self.lengths, batch_first=True, enforce_sorted=False)
        state = self.recurrent(packed)[1]
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(hidden[-1])


def optimizers(model, lazy):
    """Adam for all parameters; lazy: SparseAdam for the table."""
    if not lazy:
        return [torch.optim.Adam(model.parameters(), lr=1e-3)]
    rest = [parameter for name, parameter in model.named_parameters() if not name.startswith("embedding")]
    return [torch.optim.SparseAdam(model.embedding.parameters(), lr=1e-3), torch.optim.Adam(rest, lr=1e-3)]


def training(model, forward, ids, labels, lazy=False):
    """A function that takes one step and returns the loss before it."""
    optimizing, loss_of = optimizers(model, lazy), nn.CrossEntropyLoss()

    def step():
        for optimizer in optimizing:
            optimizer.zero_grad(set_to_none=True)
        loss = loss_of(forward(ids), labels)
        loss.backward()
        for optimizer in optimizing:
            optimizer.step()
        return loss

    return step


def alone(cell, steps):
    """A function that runs the layer forward and, from the sum of all its states, back."""
    layer = CELLS[cell](FEATURES, HIDDEN, batch_first=True)
    x = torch.randn(BATCH, steps, FEATURES, requires_grad=True)

    def step():
        layer.zero_grad(set_to_none=True)
        x.grad = None
        layer(x)[0].sum().backward()

    return step


def kinds(name, compiled):
    """What is measured of a workload: pairs of a kind and the function that takes one step of it, made when it is asked for."""
    cell, _, part = name.partition("-")
    if part == "long":
        for steps in LONG:
            yield f"layer-{steps}", alone(cell, steps)
        return
    model = Classifier(cell, part == "lengths", part == "lazy")
    forward = torch.compile(model) if compiled else model
    ids = torch.randint(1, WORDS, (BATCH, STEPS))
    yield "train", training(model, forward, ids, torch.randint(0, CLASSES, (BATCH,)), part == "lazy")
    if part == "lazy":
        return

    @torch.inference_mode()
    def infer():
        forward(ids)

    model.eval()
    yield "infer", infer
    if not part:
        yield "layer", alone(cell, STEPS)

"""Probes: how well does the simplest classifier do on features that it must take as they are?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor

from ..epochs import balanced
from ..expect import expect_whole
from .checks import features_of, labels_of, power_of_two, tensor


@dataclass
class Probe:
    """A linear classifier on standardized features: a class for each feature, and how sure it is.

    >>> Probe(torch.eye(2), torch.zeros(2), torch.zeros(2), torch.ones(2), torch.tensor([5, 9]))(torch.eye(2))
    tensor([5, 9])
    """

    weight: Tensor  # (C, D)
    bias: Tensor  # (C,)
    mean: Tensor  # (D,) of the features it was fitted to
    std: Tensor  # (D,) their standard deviation
    classes: Tensor  # (C,) the label of each row

    def logits(self, features: Tensor) -> Tensor:
        """Scores (N, C) of features (N, D); raises ValueError for another D, or numbers that are not finite."""
        features = features_of(features)
        if features.shape[1] != len(self.mean):
            raise ValueError(f"expected features (N, {len(self.mean)}), as in the fit, got {tuple(features.shape)}")
        with torch.autocast(features.device.type, enabled=False):
            return ((features - self.mean) / self.std).to(self.weight.dtype) @ self.weight.T + self.bias

    def __call__(self, features: Tensor) -> Tensor:
        """Labels (N,) of features (N, D)."""
        return self.classes[self.logits(features).argmax(1)]


@torch.inference_mode(False)
def linear_probe(features: Tensor, labels: Tensor, C: float = 1.0, steps: int = 200) -> Probe:
    """Fit a linear classifier to features: multinomial logistic regression, on the features' own device.

    The features are standardized with *their own* mean and std, which the probe remembers: what it is tested on
    must have no say in it. The same as scikit-learn's `StandardScaler` and `LogisticRegression(C=C)`: it
    minimizes C × (the sum of the cross-entropies) + ½ (the sum of the squared weights).

    Args:
        features: (N, D).
        labels: (N,) whole numbers from 0 up.
        C: how much the examples count against small weights, above 0.
        steps: the most iterations of L-BFGS.

    Raises:
        ValueError: if shapes do not fit, features are not finite, or there is one class only.

    >>> probe = linear_probe(torch.tensor([[0.0], [1.0], [5.0], [6.0]]), torch.tensor([2, 2, 7, 7]))
    >>> probe(torch.tensor([[0.5], [7.0]]))
    tensor([2, 7])
    """
    if tensor(features, "features").ndim != 2 or tensor(labels, "labels").shape != features.shape[:1]:
        raise ValueError(
            f"expected features (N, D) and labels (N,), got {tuple(features.shape)} and {tuple(labels.shape)}"
        )
    x = features_of(features)
    classes, target = labels_of(labels, len(x)).to(x.device).unique(return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"expected at least two classes to tell apart, got {len(classes) or 'none'}")
    least = 1e-5 / len(x)  # where the penalty is all there is, the solver no longer finds the bias
    if not isinstance(C, Real) or not C >= least:
        raise ValueError(f"expected a C above 0, at least {least:.1g} for {len(x)} pictures, got {C!r}")
    steps = expect_whole("steps", steps)
    power = power_of_two(x, 0)
    x = x / power
    mean, std = x.mean(0), x.std(0, correction=0)
    varies = std > torch.finfo(x.dtype).eps  # what changes in its last digit alone does not change
    x = ((x - mean) / std).where(varies, 0.0).float()
    mean, std = mean * power[0], (std * power[0]).where(varies, 1.0)
    weight = x.new_zeros(len(classes), x.shape[1]).requires_grad_()
    bias = x.new_zeros(len(classes)).requires_grad_()
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=steps, history_size=10, line_search_fn="strong_wolfe", tolerance_grad=1e-6
    )

    # Of two classes scikit-learn keeps one weight vector, the difference of ours: its square counts double.
    penalty = (1.0 if len(classes) == 2 else 0.5) / (C * len(x))

    def objective() -> Tensor:
        solver.zero_grad()
        surprise = torch.nn.functional.cross_entropy(x @ weight.T + bias, target)
        value = surprise + penalty * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad(), torch.autocast(x.device.type, enabled=False):
        solver.step(objective)
    return Probe(weight.detach(), bias.detach(), mean, std, classes)


def few_shot(
    features: Tensor,
    labels: Tensor,
    test_features: Tensor,
    test_labels: Tensor,
    each: int,
    seeds: Iterable[int] = range(5),
    C: float = 1.0,
) -> Tensor:
    """The accuracy of linear probes that see only `each` labels of every class, one for each choice of them, (seeds,).

    Args:
        features: (N, D) to choose from.
        labels: (N,) whole numbers from 0 up.
        test_features: (M, D).
        test_labels: (M,).
        each: labels of every class.
        seeds: the choices.
        C: see `linear_probe`.

    Raises:
        ValueError: as `linear_probe`, if a class has fewer than `each` labels, or without seeds.

    >>> few_shot(torch.eye(4), torch.tensor([0, 0, 1, 1]), torch.eye(4), torch.tensor([0, 0, 1, 1]), 2, seeds=[0])
    tensor([1.])
    """
    features, test_features = features_of(features, least=1), features_of(test_features, "test features", least=1)
    labels = labels_of(labels, len(features))
    truth = labels_of(test_labels, len(test_features), name="test labels").to(test_features.device)
    chosen = [balanced(labels, expect_whole("each", each), seed) for seed in seeds]
    if not chosen:
        raise ValueError("expected at least one seed, got none")
    probes = [linear_probe(features[some], labels[some], C) for some in chosen]
    return torch.stack([(probe(test_features) == truth).float().mean() for probe in probes])

"""MoCo: the others are remembered, in a queue of what a slow copy of the encoder made of earlier pictures.

Version 2: He and others, 2019, "Momentum Contrast for Unsupervised Visual Representation Learning", arXiv 1911.05722,
with the projector and the views of Chen and others, 2020, "Improved Baselines with Momentum Contrastive Learning",
arXiv 2003.04297. Version 3: Chen, Xie and He, 2021, "An Empirical Study of Training Self-Supervised Vision
Transformers", arXiv 2104.02057, which gives up the queue for a large batch, and adds a predictor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..expect import expect_whole
from ..nn import Encoder, MomentumEncoder, mlp
from ..nn.seeding import as_seed
from ..views import DEFAULT_VIEWS
from .checks import enough, expect_floats, positive_temperature, same_shape
from .gather import gather
from .method import Loss, Method, at_least_float32, feature_std, in_float32


@in_float32
def moco_loss(query: Tensor, key: Tensor, queue: Tensor, temperature: float = 0.2) -> Tensor:
    """Each query looks for its own key among all keys in the queue: equation 1 of the paper, "InfoNCE".

    Args:
        query: (B, D), of any length.
        key: (B, D), the other view of the same picture; no gradient flows into it.
        queue: (K, D), keys of other pictures, of length 1.
        temperature: what the cosines are divided by.

    Returns:
        The mean over the batch, shape ().

    Raises:
        ValueError: if the shapes do not fit, there is no picture or no key in the queue, or the temperature is not
            positive.

    >>> moco_loss(torch.eye(4)[:1], torch.eye(4)[:1], torch.eye(4)[1:], 0.1).item() < 1e-3
    True
    """
    same_shape(query, key)
    expect_floats(queue)
    if queue.ndim != 2 or queue.shape[1] != query.shape[1] or not len(queue):
        raise ValueError(
            f"expected a queue of at least one key (K, {query.shape[1]}), which tells its pictures apart, "
            f"got {tuple(queue.shape)}"
        )
    positive_temperature(temperature)
    query, key = F.normalize(query, dim=1), F.normalize(key.detach(), dim=1)
    own = (query * key).sum(1, keepdim=True)  # (B, 1)
    scores = torch.cat([own, query @ queue.T], 1) / temperature  # (B, 1 + K), the right answer first
    targets = torch.zeros(len(query), dtype=torch.long, device=query.device)
    return F.cross_entropy(scores, targets)


@in_float32
def moco_v3_loss(query: Tensor, key: Tensor, temperature: float = 0.2) -> Tensor:
    """Each query looks for its own key among the keys of the batch: equation 1 and algorithm 1 of the third paper.

    Args:
        query: (B, D), of any length.
        key: (B, D), the other view of the same picture; no gradient flows into it.
        temperature: what the cosines are divided by; the loss is multiplied by twice of it.

    Returns:
        The mean over the batch, shape ().

    Raises:
        ValueError: if the shapes do not fit, there are fewer than two pictures, or the temperature is not positive.

    >>> moco_v3_loss(torch.eye(4), torch.eye(4), 0.1).item() < 1e-3
    True
    """
    same_shape(query, key, least=2)
    positive_temperature(temperature)
    scores = F.normalize(query, dim=1) @ F.normalize(key.detach(), dim=1).T / temperature  # (B, B)
    targets = torch.arange(len(query), device=query.device)
    return F.cross_entropy(scores, targets) * 2 * temperature


class MoCo(Method):
    """Version 2: an encoder with a projector, their slow copy, and a queue of keys; each view is query and key once.

    What is not here is the shuffling of pictures among several GPUs, by which the paper (section 3.3) keeps batch norms
    from giving away which pictures a batch holds.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's output.
        hidden: width inside the projector.
        queue: how many keys are remembered.
        momentum: how much of itself the slow copy keeps at each step.
        temperature: see `moco_loss`.
        views: pictures to views of them, each time others.
        seed: settles the projector's random weights and what the queue begins with.

    Raises:
        ValueError: for numbers out of their range; from `loss`, for fewer than two pictures, or if the queue is shorter
            than the batch.

    >>> from course_lib.nn import ConvNet
    >>> MoCo(ConvNet(), dim=32, queue=64).queue.shape
    torch.Size([64, 32])
    """

    queue: Tensor
    queue_ptr: Tensor

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 128,
        hidden: int = 256,
        queue: int = 2048,
        momentum: float = 0.99,
        temperature: float = 0.2,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        positive_temperature(temperature)
        self.encoder, self.temperature, self.views = encoder, temperature, views
        self.projector = mlp((encoder.width, hidden, dim), seed)
        self.key_encoder = MomentumEncoder(encoder, self.projector, momentum=momentum, schedule="constant")
        chance = torch.Generator("cpu").manual_seed(as_seed(seed))
        start = torch.randn(expect_whole("a queue", queue), dim, generator=chance, device="cpu")
        self.register_buffer("queue", F.normalize(start, dim=1).to(torch.get_default_device()))
        self.register_buffer("queue_ptr", torch.zeros((), dtype=torch.long))
        self.fresh: Tensor | None = None  # the keys of this step, until they go into the queue

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        one, two = self.views(batch.pictures), self.views(batch.pictures)
        q1, q2 = (self.projector(self.encoder(view)) for view in (one, two))
        with torch.no_grad():
            k1, k2 = self.key_encoder(one), self.key_encoder(two)
            self.fresh = gather(F.normalize(at_least_float32(torch.cat([k1, k2])), dim=1))
        if len(self.fresh) > len(self.queue):
            raise ValueError(f"expected a queue of at least {len(self.fresh)} keys, a batch, got {len(self.queue)}")
        total = moco_loss(q1, k2, self.queue, self.temperature) + moco_loss(q2, k1, self.queue, self.temperature)
        return Loss(total / 2, {"feature_std": feature_std(q1)})

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.key_encoder.update(progress)
        if self.fresh is not None:
            self.enqueue(self.fresh)
            self.fresh = None

    def enqueue(self, keys: Tensor) -> None:
        """Put keys (B, D) in the place of the oldest ones; raises ValueError if they do not fit into the queue."""
        if keys.shape[1:] != self.queue.shape[1:] or len(keys) > len(self.queue):
            raise ValueError(
                f"expected keys (B, {self.queue.shape[1]}), at most {len(self.queue)}, got {tuple(keys.shape)}"
            )
        at = (self.queue_ptr + torch.arange(len(keys), device=keys.device)) % len(self.queue)
        self.queue[at] = keys.to(self.queue.dtype)
        self.queue_ptr.add_(len(keys)).remainder_(len(self.queue))


class MoCoV3(Method):
    """Version 3: no queue; the other keys of the batch are what a query must tell its own key from.

    Args:
        encoder: pictures to features (B, encoder.width).
        dim: width of the projector's and the predictor's output.
        hidden: width inside both.
        momentum: how much of itself the slow copy keeps at first; it rises to 1.
        temperature: see `moco_v3_loss`.
        views: pictures to views of them, each time others.
        seed: settles the random weights of projector and predictor.

    >>> from course_lib.nn import ConvNet
    >>> len(MoCoV3(ConvNet()).predictor)
    5
    """

    def __init__(
        self,
        encoder: Encoder,
        dim: int = 128,
        hidden: int = 256,
        momentum: float = 0.99,
        temperature: float = 0.2,
        views: Callable[[Tensor], Tensor] = DEFAULT_VIEWS,
        seed: int = 0,
    ):
        super().__init__()
        positive_temperature(temperature)
        self.encoder, self.temperature, self.views = encoder, temperature, views
        self.projector = mlp((encoder.width, hidden, hidden, dim), seed, last="norm")
        self.predictor = mlp((dim, hidden, dim), seed + 1, last="norm")
        self.key_encoder = MomentumEncoder(encoder, self.projector, momentum=momentum)

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures)
        one, two = self.views(batch.pictures), self.views(batch.pictures)
        q1, q2 = (self.predictor(self.projector(self.encoder(view))) for view in (one, two))
        with torch.no_grad():
            k1, k2 = self.key_encoder(one), self.key_encoder(two)
        q1, q2, k1, k2 = (gather(x) for x in (q1, q2, k1, k2))
        total = moco_v3_loss(q1, k2, self.temperature) + moco_v3_loss(q2, k1, self.temperature)
        return Loss(total, {"feature_std": feature_std(k1)})

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        self.key_encoder.update(progress)

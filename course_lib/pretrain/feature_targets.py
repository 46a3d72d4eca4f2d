"""Features as targets: predict what a frozen teacher sees at each patch, or first turn it into words.

- MVP: Wei and others, 2022, "MVP: Multimodality-guided Visual Pre-training", arXiv 2203.05175;
- EVA: Fang and others, 2022, "EVA: Exploring the Limits of Masked Visual Representation Learning at Scale", arXiv
  2211.07636;
- BEiT v2: Peng and others, 2022, "BEiT v2: Masked Image Modeling with Vector-Quantized Visual Tokenizers", arXiv
  2208.06366.

Their teacher is CLIP's picture tower above all: what was learned from captions says what is worth predicting.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..expect import expect_number, expect_whole
from ..nn import Encoder, ViT
from ..nn.masking import Masking, block_masking
from ..nn.positions import resize_pos_embed, sincos_pos_embed
from ..nn.quantizer import Quantizer, nearest_code, used_codes
from ..nn.seeding import seeded
from ..nn.transformer import Transformer, init_weights
from .checks import enough, expect_floats, expect_mask, expect_mask_token, expect_ratio, patch_grid, shape_of
from .distill import freeze
from .gather import gather
from .method import Loss, Method, at_least_float32, in_float32


@in_float32
def feature_loss(prediction: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
    """How far the predicted features point away from the teacher's, −cosine, as EVA has it (section 2).

    Args:
        prediction: (B, N, D), of any length.
        targets: (B, N, D), of any length; no gradient flows into them.
        mask: (B, N), True or 1 where a patch is covered; None asks for all patches.

    Returns:
        The mean over the covered patches, shape (), from −1 (the same directions) to 1 (the opposite ones). Where
        either is all zeros, a patch counts as 0.

    Raises:
        ValueError: if the shapes do not fit, or, where that can be seen without waiting, if nothing is covered.

    >>> prediction, targets = torch.tensor([[[2.0, 0.0], [0.0, 1.0]]]), torch.tensor([[[1.0, 0.0], [5.0, 0.0]]])
    >>> feature_loss(prediction, targets), feature_loss(prediction, targets, torch.tensor([[True, False]]))
    (tensor(-0.5000), tensor(-1.))
    """
    expect_floats(prediction, targets)
    if prediction.ndim != 3 or prediction.shape != targets.shape or not prediction.numel():
        got = f"{shape_of(prediction)} and {shape_of(targets)}"
        raise ValueError(f"expected a prediction and targets (B, N, D), got {got}")
    if mask is not None:
        expect_mask(mask, prediction, targets)
    error = -F.cosine_similarity(prediction, targets.detach(), dim=-1, eps=1e-12)  # (B, N)
    return error.mean() if mask is None else (error * mask).sum() / mask.sum()


@torch.no_grad()
def features_on_grid(teacher: Encoder, pictures: Tensor, rows: int, columns: int) -> Tensor:
    """A teacher's map of features on another grid, by bilinear interpolation: (B, rows · columns, D), row by row.

    A much finer map is looked at in few places, not averaged. The features are float32 at least.

    Args:
        teacher: an encoder with a map of features.
        pictures: (B, 3, H, W) in [0, 1].
        rows, columns: of the grid that is wanted.

    >>> from course_lib.nn import ConvNet
    >>> features_on_grid(ConvNet((8, 16)), torch.rand(2, 3, 32, 32), rows=4, columns=4).shape
    torch.Size([2, 16, 16])
    """
    found = at_least_float32(teacher.feature_map(pictures))
    if found.shape[2:] != (rows, columns):
        found = F.interpolate(found, (rows, columns), mode="bilinear", align_corners=False)
    return rearrange(found, "b d h w -> b (h w) d")


class Standardize(nn.Module):
    """Subtract from each channel of features (…, D) its mean, and divide by its deviation.

    Raw features have much in common, whatever the picture: then a prediction that is the same for all patches has a
    high cosine already, and the loss says little. Mean and variance are moving averages over the batches that `follow`
    has been given; before the first, features stay as they are. A channel that never changes becomes 0.

    Args:
        width: D.
        momentum: how much of itself a moving average keeps at each step, from 0 to 1. At first it is less: until the
            number of batches is 1 / (1 − momentum), each of them counts as much as the others.

    >>> standardize = Standardize(1)
    >>> standardize.follow(torch.tensor([[1.0], [3.0]]))
    >>> standardize(torch.tensor([[4.0]]))
    tensor([[2.0000]])
    """

    mean: Tensor
    """(D,), of each channel."""
    var: Tensor
    """(D,), of each channel."""
    seen: Tensor
    """(), how many batches the moving averages are of."""

    def __init__(self, width: int, momentum: float = 0.99):
        super().__init__()
        expect_number("a momentum", momentum, high=1)
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(expect_whole("a width", width)))
        self.register_buffer("var", torch.ones(width))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        return (features - self.mean) / (self.var + 1e-6).sqrt()

    @torch.no_grad()
    def follow(self, features: Tensor) -> None:
        """Move mean and variance of each channel a little to those of features (…, D), in all processes alike."""
        flat = features.flatten(0, -2).to(self.mean.dtype)
        means = gather(flat.mean(0)[None])  # (processes, D)
        mean = means.mean(0)
        var = gather(flat.var(0, unbiased=False)[None]).mean(0) + means.var(0, unbiased=False)
        # The n-th batch counts for 1 / n, until that is less than 1 − momentum
        self.seen.add_(1)
        weight = (1 / self.seen).clamp(min=1 - self.momentum)
        # Mean and variance of a mixture of the two: their means are apart, which makes the variance larger
        apart = mean - self.mean
        self.var.copy_((1 - weight) * (self.var + weight * apart.square()) + weight * var)
        self.mean.add_(weight * apart)


class FeatureTargets(Method):
    """A ViT that sees covered pictures, one linear layer, and a frozen teacher whose features it predicts.

    Three tasks in one: at a ratio above 0 it predicts where patches are covered, as MVP and EVA do; with `everywhere`,
    at all patches of the covered picture; at a ratio of 0, at all patches of the whole picture, which is no longer
    masked modeling but the distillation of features (Wei and others, 2022, "Contrastive Learning Rivals Masked Image
    Modeling in Fine-tuning via Feature Distillation", arXiv 2205.14141).

    Args:
        encoder: a ViT, with a mask token if the ratio is above 0.
        teacher: any encoder with a map of features; from now on it is frozen. It sees the whole picture.
        ratio: the share of the patches that is covered.
        everywhere: ask for visible patches too.
        standardize: predict features that are standardized, channel by channel, see `Standardize`; in eval mode its
            averages stand still.
        momentum: of these averages.
        masking: draws the masks.
        seed: settles the linear layer's random weights.

    Raises:
        ValueError: for another encoder, a teacher that is none or shares weights with it, or a number out of its range.

    >>> from course_lib.nn import ConvNet, vit
    >>> method = FeatureTargets(vit("mini", size=32, patch=4, mask_token=True), teacher=ConvNet())
    >>> prediction, mask = method(torch.rand(2, 3, 32, 32))
    >>> prediction.shape, mask.sum(1)
    (torch.Size([2, 64, 128]), tensor([26, 26]))
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        teacher: Encoder,
        ratio: float = 0.4,
        everywhere: bool = False,
        standardize: bool = False,
        momentum: float = 0.99,
        masking: Masking = block_masking,
        seed: int = 0,
    ):
        super().__init__()
        _expect_pair(encoder, teacher)
        expect_number("a mask ratio", ratio, 0, 1)
        if ratio:
            expect_ratio(ratio, (expect_mask_token(encoder).size // encoder.patch) ** 2)
        self.encoder, self.teacher = encoder, freeze(teacher, encoder)
        self.ratio, self.everywhere, self.masking = ratio, everywhere, masking
        self.standardize = Standardize(teacher.width, momentum) if standardize else None
        with seeded(seed):
            self.head = nn.Linear(encoder.width, teacher.width)
            init_weights(self.head)

    def train(self, mode: bool = True) -> FeatureTargets:
        """The teacher stays as it is, in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, pictures: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The predicted features of each patch (B, N, D), and the mask (B, N), True where it was covered.

        Args:
            pictures: (B, 3, H, W) in [0, 1].
            mask: (B, N) bool; if left out, drawn at random, or at a ratio of 0 one that covers nothing.
        """
        rows, columns = patch_grid(pictures, mask, self.encoder.patch)
        if mask is None and self.ratio:
            mask = self.masking(len(pictures), rows, columns, self.ratio, device=pictures.device)
        tokens = self.encoder.tokens(pictures, mask=mask)[:, self.encoder.num_prefix_tokens :]
        if mask is None:
            mask = torch.zeros(tokens.shape[:2], dtype=torch.bool, device=pictures.device)
        return self.head(tokens), mask

    def targets(self, pictures: Tensor) -> Tensor:
        """The teacher's features at each patch (B, N, D) of pictures (B, 3, H, W), standardized if that is wanted."""
        rows, columns = patch_grid(pictures, None, self.encoder.patch)
        return _standardized(self.standardize, features_on_grid(self.teacher, pictures, rows, columns))

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        prediction, mask = self(batch.pictures)
        # What the teacher sees of the whole picture, on the student's grid
        rows, columns = patch_grid(batch.pictures, None, self.encoder.patch)
        features = features_on_grid(self.teacher, batch.pictures, rows, columns)
        targets = _standardized(self.standardize, features, follow=self.training)
        # Where it counts
        asked = mask if self.ratio and not self.everywhere else None
        return Loss(feature_loss(prediction, targets, asked))


class CosineQuantizer(Quantizer):
    """A quantizer of directions: its codes have length 1 at each moment, as the vectors that it is given must.

    Then the nearest code is the one with the largest cosine: equation 1 of BEiT v2. Arguments are `Quantizer`'s, but
    the codes always move by averages.

    >>> CosineQuantizer(codes=2, width=4).codebook.norm(dim=1).round(decimals=4)
    tensor([1., 1.])
    """

    def __init__(self, codes: int, width: int, decay: float = 0.99, commitment: float = 1.0, seed: int = 0):
        super().__init__(codes, width, decay, commitment, seed=seed)
        self._to_length_1()

    def _start(self, vectors: Tensor) -> None:
        super()._start(vectors)
        self._to_length_1()

    def _follow(self, vectors: Tensor, indices: Tensor) -> None:
        super()._follow(vectors, indices)
        self._to_length_1()

    @torch.no_grad()
    def _to_length_1(self) -> None:
        self.codebook.copy_(F.normalize(self.codebook, dim=1))


class Decoder(nn.Module):
    """Codes of patches (B, h, w, codes_width) to a teacher's features (B, h · w, out): a light transformer.

    Args:
        codes_width: of a code.
        out: how many numbers a feature has.
        side: patches along one side of the square for which its fixed positions are made.
        width, depth, heads: of the transformer.
    """

    pos_embed: Tensor

    def __init__(self, codes_width: int, out: int, side: int, width: int, depth: int, heads: int):
        super().__init__()
        self.register_buffer("pos_embed", sincos_pos_embed(width, side, side), persistent=False)
        self.embed = nn.Linear(codes_width, width)
        self.transformer = Transformer(width, depth, heads)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, out)
        init_weights(self)

    def forward(self, codes: Tensor) -> Tensor:
        rows, columns = codes.shape[1:3]
        x = self.embed(codes.flatten(1, 2)) + resize_pos_embed(self.pos_embed, 0, rows, columns)
        return self.head(self.norm(self.transformer(x)))


class FeatureTokenizer(Method):
    """BEiT v2's tokenizer, VQ-KD: words for patches, from which a light decoder tells a frozen teacher's features.

    A tokenizer of pixels gives a word to each color and edge; this one gives words to what the teacher tells apart. The
    loss is equation 2 of the paper: −cosine of the features, and the squared distance of vectors and codes, both of
    length 1. The paper sums it over the codes' numbers, here it is their mean; codes move by averages, not by a loss.

    Args:
        encoder: a ViT.
        teacher: any encoder with a map of features, see `features_on_grid`; from now on it is frozen.
        codes: how many words there are.
        width: of a code; few numbers, so that all codes come to be used (32 in the paper).
        decoder_width, depth, heads: of the decoder.
        decay: of the codes' moving averages, see `Quantizer`; the fewer the steps, the smaller.
        commitment: the weight of the squared distance.
        standardize, momentum: as in `FeatureTargets`.
        seed: settles the random weights it starts from.

    Raises:
        ValueError: for another encoder, a teacher that is none or shares weights with it, or a number out of its range.

    >>> from course_lib.nn import ConvNet, vit
    >>> tokenizer = FeatureTokenizer(vit("mini", size=32, patch=4), teacher=ConvNet(), codes=64)
    >>> tokenizer.encode(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 8, 8])
    """

    encoder: ViT

    def __init__(
        self,
        encoder: ViT,
        teacher: Encoder,
        codes: int = 256,
        width: int = 32,
        decoder_width: int = 64,
        depth: int = 1,
        heads: int = 4,
        decay: float = 0.95,
        commitment: float = 1.0,
        standardize: bool = False,
        momentum: float = 0.99,
        seed: int = 0,
    ):
        super().__init__()
        _expect_pair(encoder, teacher)
        decoder_width, width = expect_whole("a width of the decoder", decoder_width), expect_whole("a width", width)
        self.patch, self.codes = encoder.patch, expect_whole("a number of codes", codes)
        self.quantizer = CosineQuantizer(codes, width, decay, commitment, seed)
        self.encoder, self.teacher = encoder, freeze(teacher, encoder)
        self.standardize = Standardize(teacher.width, momentum) if standardize else None
        with seeded(seed):
            self.project = nn.Linear(encoder.width, width)
            init_weights(self.project)
            side = encoder.size // encoder.patch
            self.decoder = Decoder(width, teacher.width, side, decoder_width, depth, heads)

    def train(self, mode: bool = True) -> FeatureTokenizer:
        """The teacher stays as it is, in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    @torch.no_grad()
    def encode(self, pictures: Tensor) -> Tensor:
        """The codes of pictures (B, 3, H, W) in [0, 1]: int64 (B, H/patch, W/patch), below `codes`.

        Raises:
            ValueError: if the sides are no whole patches.
        """
        return nearest_code(self._vectors(pictures), self.quantizer.codebook)

    @torch.no_grad()
    def decode(self, indices: Tensor) -> Tensor:
        """The teacher's features (B, h · w, D) that codes (B, h, w) stand for, as well as they can; of any length.

        With `standardize`, they are the standardized ones.

        Raises:
            ValueError: for what is no grid of codes.
        """
        if not isinstance(indices, Tensor) or indices.ndim != 3:
            raise ValueError(f"expected grids of codes (B, h, w), got {shape_of(indices)}")
        return self.decoder(self.quantizer.lookup(indices))

    def loss(self, batch: Any) -> Loss:
        enough(batch.pictures, least=1)
        # A direction for each patch, and its nearest code in its place
        vectors = self._vectors(batch.pictures)
        quantized, indices, of_codes = self.quantizer(vectors)
        # The teacher's features from the codes alone, and how far they point away
        features = features_on_grid(self.teacher, batch.pictures, *indices.shape[1:])
        targets = _standardized(self.standardize, features, follow=self.training)
        away = feature_loss(self.decoder(quantized), targets)
        return Loss(away + of_codes, {"cosine": -away.detach(), "used_codes": used_codes(indices, self.codes)})

    def _vectors(self, pictures: Tensor) -> Tensor:
        """Vectors (B, h, w, width) of length 1 of pictures (B, 3, H, W)."""
        z = self.project(self.encoder.feature_map(pictures).permute(0, 2, 3, 1))
        return F.normalize(at_least_float32(z), dim=-1).to(z.dtype)


def _standardized(standardize: Standardize | None, features: Tensor, follow: bool = False) -> Tensor:
    """Features (B, N, D), standardized if that is wanted, and followed before."""
    if standardize is None:
        return features
    if follow:
        standardize.follow(features)
    return standardize(features)


def _expect_pair(encoder: Any, teacher: Any) -> None:
    """Raise ValueError, in one sentence, unless there are a ViT, and a teacher that is an encoder."""
    if not isinstance(encoder, ViT):
        raise ValueError(f"expected a ViT, got a {type(encoder).__name__}")
    if not isinstance(teacher, Encoder):
        raise ValueError(f"expected a teacher that is an encoder with a map of features, got {type(teacher).__name__}")

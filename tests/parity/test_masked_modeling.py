"""MAE, BEiT and their masks are what Hugging Face's transformers and lightly compute: value, gradient, published names.

lightly's decoder and timm's ViT together have the names of the authors' own files.
"""

import random
from typing import Any

import pytest
import torch
from lightly.models.modules import MAEDecoderTIMM, MaskedVisionTransformerTIMM
from lightly.models.utils import (
    get_2d_sine_cosine_positional_embedding,
    get_at_index,
    normalize_mean_var,
    random_block_mask_image,
    random_token_mask,
    repeat_token,
    set_at_index,
)
from lightly.models.utils import patchify as lightlys_patchify
from lightly.models.utils import unpatchify as lightlys_unpatchify
from safetensors.torch import load_file
from timm.models.beit import Beit
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from transformers import BeitConfig, BeitForMaskedImageModeling, ViTMAEConfig, ViTMAEForPreTraining

from course_lib.nn import patchify, random_masking, unpatchify
from course_lib.nn.masking import block_masking, random_mask
from course_lib.pretrain import beit_loss, mae_loss
from course_lib.weights import published

SMALL: dict[str, Any] = {"image_size": 32, "patch_size": 8, "hidden_size": 64, "num_hidden_layers": 2}
SMALL |= {"num_attention_heads": 2, "intermediate_size": 256, "layer_norm_eps": 1e-6}
DECODER: dict[str, Any] = {"decoder_hidden_size": 32, "decoder_num_hidden_layers": 2}
DECODER |= {"decoder_num_attention_heads": 4, "decoder_intermediate_size": 128}

BASE: dict[str, Any] = {"image_size": 224, "patch_size": 16, "hidden_size": 768}
BASE |= {"num_attention_heads": 12, "intermediate_size": 3072}
BASE_DECODER: dict[str, Any] = {"decoder_hidden_size": 512}
BASE_DECODER |= {"decoder_num_attention_heads": 16, "decoder_intermediate_size": 2048}


def stirred(model: Any) -> Any:
    """The model with weights that leave nothing at 0 or 1, where a mistake would hide; what is fixed stays."""
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                spread = 0.5 * weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.1
                weight.add_(spread * torch.randn(weight.shape, generator=g))
    return model.eval()


def waves(width: int, side: int) -> Tensor:
    """MAE's fixed positions, by lightly: (1, 1 + side · side, width)."""
    return torch.from_numpy(get_2d_sine_cosine_positional_embedding(width, side, cls_token=True)).float()[None]


def hugging_faces_mae(**options: Any) -> Any:
    """ViTMAE with random weights; a new one has zeros for positions, which those of a file then take the place of."""
    config = ViTMAEConfig(**SMALL | DECODER | options)
    theirs = stirred(ViTMAEForPreTraining(config))
    side = theirs.config.image_size // theirs.config.patch_size
    theirs.vit.embeddings.position_embeddings.data = waves(config.hidden_size, side)
    theirs.decoder.decoder_pos_embed.data = waves(config.decoder_hidden_size, side)
    return theirs


def noisy(batch: int, side: int = 32, patches: int = 16) -> tuple[Tensor, Tensor]:
    """Pictures and a number for each of their patches."""
    g = torch.Generator().manual_seed(1)
    return torch.rand(batch, 3, side, side, generator=g), torch.rand(batch, patches, generator=g)


def close(mine: Tensor, theirs: Tensor) -> None:
    assert mine.shape == theirs.shape
    assert (mine - theirs).abs().max().item() <= 1e-5 * max(1.0, theirs.abs().max().item())


def gradient(model: nn.Module, name: str) -> Tensor:
    found = model.get_parameter(name).grad
    assert found is not None
    return found


def same_gradients(mine: nn.Module, theirs: nn.Module, pairs: dict[str, str]) -> None:
    """The same gradients to 1e-5 of their largest; three names with a comma stand for queries, keys and values."""
    for ours, names in pairs.items():
        a, b = gradient(mine, ours), torch.cat([gradient(theirs, name) for name in names.split(",")])
        assert b.abs().max() > 0 and (a - b.view_as(a)).abs().max() <= 1e-5 * b.abs().max(), ours


# --- MAE


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("ratio", [0.75, 0.4])
def test_mae_is_transformers(normalize, ratio):
    theirs = hugging_faces_mae(norm_pix_loss=normalize, mask_ratio=ratio)
    mine = published.mae(theirs.state_dict(), normalize, heads=2, decoder_heads=4)
    pictures, noise = noisy(3)
    seen = mine.encoder.normalize(pictures)
    expected = theirs(seen, noise=noise)
    mask = random_masking(torch.zeros(3, 16, 1), ratio, noise)[1]
    prediction, _ = mine(pictures, mask)
    loss = mae_loss(prediction, mine.targets(pictures), mask, mine.normalize)
    close(prediction, expected.logits)
    assert torch.equal(mask.float(), expected.mask)
    assert loss.item() == pytest.approx(expected.loss.item(), rel=1e-6)
    loss.backward()
    expected.loss.backward()
    q = "vit.layers.1.attention."
    of_decoder = "decoder.decoder_layers.0.attention."
    same_gradients(
        mine,
        theirs,
        {
            "encoder.stem.weight": "vit.embeddings.patch_embeddings.projection.weight",
            "encoder.cls_token": "vit.embeddings.cls_token",
            "encoder.transformer.blocks.1.attention.qkv.weight": ",".join(f"{q}{x}_proj.weight" for x in "qkv"),
            "decoder.mask_token": "decoder.mask_token",
            "decoder.embed.weight": "decoder.decoder_embed.weight",
            "decoder.transformer.blocks.0.attention.qkv.weight": ",".join(
                f"{of_decoder}{x}_proj.weight" for x in "qkv"
            ),
            "decoder.head.bias": "decoder.decoder_pred.bias",
        },
    )


@pytest.mark.parametrize("ratio", [0.75, 0.5, 0.1])
def test_random_masking_is_transformers(ratio):
    theirs = hugging_faces_mae(mask_ratio=ratio).vit.embeddings
    g = torch.Generator().manual_seed(2)
    tokens, noise = torch.randn(5, 49, 7, generator=g), torch.rand(5, 49, generator=g)
    visible, mask, ids_restore = random_masking(tokens, ratio, noise)
    for mine, other in zip((visible, mask.float(), ids_restore), theirs.random_masking(tokens, noise), strict=True):
        assert torch.equal(mine, other)


def test_pictures_fall_into_patches_as_theirs_do():
    pictures = torch.rand(2, 3, 32, 32)
    patches = patchify(pictures, 8)
    theirs = hugging_faces_mae()
    assert torch.equal(patches, lightlys_patchify(pictures, 8)) and torch.equal(patches, theirs.patchify(pictures))
    assert torch.equal(unpatchify(patches, 8), lightlys_unpatchify(patches, 8))
    assert torch.equal(unpatchify(patches, 8), theirs.unpatchify(patches))


def authors_mae(width: int = 128, depth: int = 2, heads: int = 2, size: int = 32, patch: int = 8, **decoder: Any):
    """An encoder of timm and a decoder of lightly, and their state dict, whose names are those of the authors."""
    encoder = VisionTransformer(size, patch, num_classes=0, embed_dim=width, depth=depth, num_heads=heads)
    assert isinstance(encoder.pos_embed, nn.Parameter)
    encoder.pos_embed.requires_grad_(False)
    with pytest.warns(FutureWarning):  # its heir has other names
        of_decoder = MAEDecoderTIMM((size // patch) ** 2, patch, embed_dim=width, **decoder)
    encoder, of_decoder = stirred(encoder), stirred(of_decoder)
    encoder.pos_embed.data = waves(width, size // patch)
    return encoder, of_decoder, encoder.state_dict() | of_decoder.state_dict()


def lightlys_prediction(encoder: Any, decoder: Any, seen: Tensor, idx_keep: Tensor) -> Tensor:
    """Pixels of every patch (B, N, P), by the steps of lightly's example of MAE."""
    masked = MaskedVisionTransformerTIMM(encoder, None, "skip", pos_embed_initialization="skip").eval()
    tokens = decoder.embed(masked.encode(seen, idx_keep=idx_keep))
    count = masked.sequence_length
    everywhere = repeat_token(decoder.mask_token, (len(seen), count))
    return decoder.predict(decoder.decode(set_at_index(everywhere, idx_keep, tokens)))[:, 1:]


def test_mae_is_lightlys_with_the_names_of_its_authors():
    encoder, decoder, state = authors_mae(decoder_embed_dim=64, decoder_depth=2, decoder_num_heads=4)
    mine = published.mae(state, normalize=True, decoder_heads=4)
    pictures = noisy(3)[0]
    seen = mine.encoder.normalize(pictures)
    idx_keep, idx_mask = random_token_mask((3, 17), 0.75)
    mask = torch.zeros(3, 17, dtype=torch.bool).scatter(1, idx_mask, True)[:, 1:]
    expected = lightlys_prediction(encoder, decoder, seen, idx_keep)
    prediction, _ = mine(pictures, mask)
    close(prediction, expected)
    loss = mae_loss(prediction, mine.targets(pictures), mask, mine.normalize)
    target = normalize_mean_var(get_at_index(lightlys_patchify(seen, 8), idx_mask - 1))
    theirs = nn.MSELoss()(get_at_index(expected, idx_mask - 1), target)
    assert loss.item() == pytest.approx(theirs.item(), rel=1e-6)
    loss.backward()
    theirs.backward()
    same_gradients(mine.decoder, decoder, {"mask_token": "mask_token", "head.weight": "decoder_pred.weight"})
    same_gradients(mine.encoder, encoder, {"transformer.blocks.0.mlp.0.weight": "blocks.0.mlp.fc1.weight"})


@torch.no_grad()
@pytest.mark.parametrize("depth", [1, pytest.param(12, marks=pytest.mark.slow)])
def test_mae_base_is_transformers(depth):
    """Of the published size: 768 wide with 12 heads, a decoder 512 wide with 16."""
    theirs = hugging_faces_mae(**BASE, **BASE_DECODER, num_hidden_layers=depth, decoder_num_hidden_layers=min(depth, 8))
    mine, (pictures, noise) = published.mae(theirs.state_dict()), noisy(1, 224, 196)
    expected = theirs(mine.encoder.normalize(pictures), noise=noise)
    mask = expected.mask.bool()
    prediction, _ = mine(pictures, mask)
    close(prediction, expected.logits)
    loss = mae_loss(prediction, mine.targets(pictures), mask)
    assert loss.item() == pytest.approx(expected.loss.item(), rel=1e-6)


def in_a_file(theirs: Any, folder: Any) -> dict[str, Tensor]:
    """The names of a file of Hugging Face's, which are older than those of the model."""
    theirs.save_pretrained(folder)
    state = load_file(folder / "model.safetensors")
    # transformers 5 writes this; the published files and transformers 4 have the name that it was given first
    return {key.replace("decoder.decoder_encoder.layer.", "decoder.decoder_layers."): x for key, x in state.items()}


@torch.no_grad()
def test_maes_older_names_are_read(tmp_path):
    theirs = hugging_faces_mae()
    state, today = in_a_file(theirs, tmp_path), published.mae(theirs.state_dict(), heads=2, decoder_heads=4)
    assert "decoder.decoder_layers.1.attention.attention.query.weight" in state
    mine = published.mae(state, heads=2, decoder_heads=4)
    for key, value in today.state_dict().items():
        assert torch.equal(mine.state_dict()[key], value)
    as_written = load_file(tmp_path / "model.safetensors")
    assert published.mae(as_written, heads=2, decoder_heads=4).state_dict().keys() == mine.state_dict().keys()


# --- BEiT


def hugging_faces_beit(**options: Any) -> Any:
    theirs = {"use_mask_token": True, "use_shared_relative_position_bias": True, "vocab_size": 32, "drop_path_rate": 0}
    return stirred(BeitForMaskedImageModeling(BeitConfig(**SMALL | theirs | options)))


def test_beit_is_transformers():
    theirs = hugging_faces_beit()
    mine, pictures = published.beit(theirs.state_dict()), noisy(3)[0]
    mask = block_masking(3, 4, 4, 0.4, torch.Generator().manual_seed(3))
    codes = torch.randint(32, (3, 16), generator=torch.Generator().manual_seed(4))
    expected = theirs(mine.encoder.normalize(pictures), bool_masked_pos=mask, labels=codes[mask])
    logits, _ = mine(pictures, mask)
    close(logits, expected.logits)
    loss = beit_loss(logits, codes, mask)
    assert loss.item() == pytest.approx(expected.loss.item(), rel=1e-6)
    loss.backward()
    expected.loss.backward()
    q = "beit.layers.1.attention."
    same_gradients(
        mine,
        theirs,
        {
            "encoder.mask_token": "beit.embeddings.mask_token",
            "encoder.rel_pos_bias.table": "beit.shared_position_bias.relative_position_bias_table",
            "encoder.transformer.blocks.1.attention.qkv.weight": ",".join(f"{q}{x}_proj.weight" for x in "qkv"),
            "encoder.transformer.blocks.0.ls1": "beit.layers.0.lambda_1",
            "head.weight": "lm_head.weight",
        },
    )


@torch.no_grad()
@pytest.mark.parametrize("depth", [1, pytest.param(12, marks=pytest.mark.slow)])
def test_beit_base_is_transformers(depth, tmp_path):
    """Of the published size: 768 wide with 12 heads, 8192 codes; by the names of its file."""
    theirs = hugging_faces_beit(**BASE, num_hidden_layers=depth, vocab_size=8192)
    state = in_a_file(theirs, tmp_path)
    index = "beit.encoder.relative_position_bias.relative_position_index"  # in the published file, and not read
    mine, pictures = published.beit(state | {index: torch.zeros(197, 197, dtype=torch.int64)}), noisy(1, 224)[0]
    mask = block_masking(1, 14, 14, 75 / 196)
    close(mine(pictures, mask)[0], theirs(mine.encoder.normalize(pictures), bool_masked_pos=mask).logits)


@torch.no_grad()
def test_beit_is_timms_with_the_names_of_its_authors():
    wide: dict[str, Any] = {"img_size": 32, "patch_size": 8, "embed_dim": 128, "depth": 2, "num_heads": 2}
    wide |= {"num_classes": 0, "use_abs_pos_emb": False, "global_pool": "token"}
    theirs = Beit(**wide, use_shared_rel_pos_bias=True, init_values=0.1)
    theirs, token, head = stirred(theirs), nn.Parameter(torch.randn(1, 1, 128)), nn.Linear(128, 32)
    last = {f"lm_head.{name}": value for name, value in head.state_dict().items()}
    mine = published.beit(theirs.state_dict() | {"mask_token": token} | last)
    pictures, mask = noisy(2)[0], block_masking(2, 4, 4, 0.4)
    x = theirs.patch_embed(mine.encoder.normalize(pictures))
    x = torch.cat([theirs.cls_token.expand(2, -1, -1), torch.where(mask[:, :, None], token, x)], 1)
    for block in theirs.blocks:
        x = block(x, shared_rel_pos_bias=theirs.rel_pos_bias())
    close(mine(pictures, mask)[0], head(theirs.norm(x)[:, 1:]))


# --- BEiT's masks


def statistics(masks: Tensor) -> dict[str, float]:
    """Numbers of masks (B, rows, columns): how large, how ragged, in how many parts, where."""
    masks = masks.float()
    covered = masks.sum((1, 2))
    pairs = (masks[:, 1:] * masks[:, :-1]).sum((1, 2)) + (masks[:, :, 1:] * masks[:, :, :-1]).sum((1, 2))
    often = masks.mean(0)
    return {
        "covered": covered.mean().item(),
        "neighbors": (2 * pairs / covered).mean().item(),
        "parts": sum(parts(mask.tolist()) for mask in masks) / len(masks),
        "center": often[5:9, 5:9].mean().item(),
        "edge": torch.cat([often[0], often[-1], often[1:-1, 0], often[1:-1, -1]]).mean().item(),
        "corner": often[[0, 0, -1, -1], [0, -1, 0, -1]].mean().item(),
    }


def parts(mask: list[list[float]]) -> int:
    """How many regions of covered patches, side by side, there are."""
    left = {(r, c) for r, row in enumerate(mask) for c, covered in enumerate(row) if covered}
    count = 0
    while left:
        count, reached = count + 1, [left.pop()]
        while reached:
            r, c = reached.pop()
            found = {(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)} & left
            left -= found
            reached += found
    return count


def test_blocks_are_as_large_and_ragged_and_central_as_those_of_beits_generator():
    """lightly has BEiT's published generator: up to 75 patches of 14 × 14, by rectangles of 16 or more."""
    before = random.getstate()
    random.seed(0)
    drawn = [random_block_mask_image((14, 14), 75, min_num_masks_per_block=16) for _ in range(400)]
    random.setstate(before)
    theirs = statistics(torch.stack(drawn))
    mine, other = (
        statistics(draw(1000, 14, 14, 75 / 196, torch.Generator().manual_seed(0)).view(-1, 14, 14))
        for draw in (block_masking, random_mask)
    )
    assert mine["covered"] == 75 and 74 < theirs["covered"] < 75
    within = {"neighbors": 0.1, "parts": 0.3, "center": 0.08, "edge": 0.03, "corner": 0.03}
    for name, most in within.items():
        assert abs(mine[name] - theirs[name]) < most < abs(other[name] - theirs[name]), name

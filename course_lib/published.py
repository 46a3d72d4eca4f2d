"""Published weights in the course's own models: ResNet-18 and ViT of torchvision, ViT of timm, CLIP of OpenAI and
open_clip. Each function takes a state dict, finds out the sizes from it, and gives back a model in eval mode that
computes what the original computes; `fetch` gets the file, once.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from huggingface_hub import hf_hub_download
from torch import Tensor, nn
from torch.hub import load_state_dict_from_url
from torchvision.models import get_model_weights

from .folders import DOWNLOADS
from .nn import BPE, ConvNet, QuickGELU, TextTransformer, ViT
from .nn.encoder import IMAGENET
from .pretrain import CLIP

State = Mapping[str, Tensor]
M = TypeVar("M", bound=nn.Module)

CLIP_COLORS = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
"""Mean and spread of the colors that CLIP's published weights expect."""


class NotPublished(ValueError):
    """These are not the weights that this function reads; the message says what is missing."""


def fetch(repository: str, file: str, download: bool = True) -> Path | None:
    """A file of the Hugging Face Hub, checked and resumed; None where it is neither here nor to be had.

    Args:
        repository: "owner/name".
        file: its name there.
        download: look on the network too, not only among what was downloaded before.
    """
    try:
        return Path(hf_hub_download(repository, file, cache_dir=DOWNLOADS / "hub", local_files_only=True))
    except FileNotFoundError:
        if not download or not _answers("huggingface.co"):
            return None
    return Path(hf_hub_download(repository, file, cache_dir=DOWNLOADS / "hub"))


def _answers(host: str, seconds: float = 4.0) -> bool:
    """Whether a host can be reached: the libraries that download would try for half a minute and warn each time."""
    try:
        socket.create_connection((host, 443), timeout=seconds).close()
        return True
    except OSError:
        return False


def torchvision(name: str, download: bool = True) -> State | None:
    """The weights that torchvision publishes for a model, "resnet18" or "vit_b_16"; None where they cannot be had.

    Args:
        name: what torchvision calls the model.
        download: look on the network too, not only among what was downloaded before.
    """
    address = get_model_weights(name)["IMAGENET1K_V1"].url
    folder = DOWNLOADS / "torchvision"
    if not (folder / address.rpartition("/")[2]).exists() and not (download and _answers("download.pytorch.org")):
        return None
    return load_state_dict_from_url(address, model_dir=str(folder), check_hash=True, map_location="cpu")


def resnet18(state: State) -> ConvNet:
    """torchvision's ResNet-18, without its last layer, from `torchvision.models.resnet18(...).state_dict()`.

    Raises:
        NotPublished: if these are other weights.

    >>> from torchvision.models import resnet18 as theirs
    >>> resnet18(theirs().state_dict()).width
    512
    """
    model = ConvNet((64, 64, 128, 256, 512), blocks=2, stem="large", mean=IMAGENET[0], spread=IMAGENET[1])
    ours = {}
    for key, value in state.items():
        key = re.sub(r"^conv1\.", "stem.0.", key)
        key = re.sub(r"^bn1\.", "stem.1.", key)
        key = re.sub(r"^layer(\d)\.(\d)\.", lambda m: f"stages.{2 * (int(m[1]) - 1) + int(m[2])}.", key)
        key = re.sub(r"\.bn(\d)\.", r".norm\1.", key).replace(".downsample.", ".shortcut.")
        ours[key] = value
    return _filled(model, ours, ignore=("fc.",), kind="torchvision's ResNet-18")


def vit(state: State, colors: tuple[Sequence[float], Sequence[float]] | None = None) -> ViT:
    """A ViT with a class token, without its last layer, from torchvision's or timm's state dict.

    The heads are 64 wide, as in all published sizes.

    Args:
        state: torchvision's names or timm's.
        colors: mean and spread that the weights expect colors to be standardized with. If left out, those of most
            weights: colors from −1 to 1 for timm's, `nn.encoder.IMAGENET` for torchvision's.
            DINO's, in timm, expect the latter.

    Raises:
        NotPublished: if these are other weights.

    >>> from torchvision.models import VisionTransformer
    >>> theirs = VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=128, mlp_dim=512)
    >>> vit(theirs.state_dict()).width
    128
    """
    by_timm = "patch_embed.proj.weight" in state
    stem = "patch_embed.proj" if by_timm else "conv_proj"
    if f"{stem}.weight" not in state:
        raise NotPublished("expected a ViT's state dict of torchvision or timm: it has no patch embedding")
    width, _, patch, _ = state[f"{stem}.weight"].shape
    if by_timm:
        names = {
            r"patch_embed\.proj": "stem", "cls_token": "class_token", "pos_embed": "positions", "norm": "norm",
            r"blocks\.(\d+)\.attn\.qkv": r"transformer.blocks.\1.attention.qkv",
            r"blocks\.(\d+)\.attn\.proj": r"transformer.blocks.\1.attention.out",
            r"blocks\.(\d+)\.mlp\.fc1": r"transformer.blocks.\1.mlp.0",
            r"blocks\.(\d+)\.mlp\.fc2": r"transformer.blocks.\1.mlp.2",
            r"blocks\.(\d+)\.norm(\d)": r"transformer.blocks.\1.norm\2",
        }  # fmt: skip
        mean, spread = (0.5,) * 3, (0.5,) * 3
    else:
        block = r"encoder\.layers\.encoder_layer_(\d+)\."
        names = {
            "conv_proj": "stem", "class_token": "class_token", r"encoder\.pos_embedding": "positions",
            r"encoder\.ln": "norm",
            block + r"self_attention\.in_proj_": r"transformer.blocks.\1.attention.qkv.",
            block + r"self_attention\.out_proj": r"transformer.blocks.\1.attention.out",
            block + r"mlp\.(?:linear_1|0)": r"transformer.blocks.\1.mlp.0",
            block + r"mlp\.(?:linear_2|3)": r"transformer.blocks.\1.mlp.2",
            block + r"ln_(\d)": r"transformer.blocks.\1.norm\2",
        }  # fmt: skip
        mean, spread = IMAGENET
    mean, spread = colors or (mean, spread)
    ours = _renamed(state, names)
    for key in ("class_token", "positions"):
        ours[key] = ours[key][0]
    depth = len({key.split(".")[2] for key in ours if key.startswith("transformer.blocks.")})
    side = round((len(ours["positions"]) - 1) ** 0.5)
    model = ViT(width, depth, width // 64, size=side * patch, patch=patch, mean=mean, spread=spread)
    return _filled(model, ours, ignore=("head", "heads"), kind="a ViT with a class token")


def clip(state: State, tokenizer: BPE | None = None, quick: bool = True) -> CLIP:
    """CLIP with a ViT, from open_clip's state dict or OpenAI's.

    Args:
        state: open_clip's names, "visual.conv1.weight" and so on; OpenAI's are the same.
        tokenizer: left out, `vocabulary()`.
        quick: QuickGELU, for OpenAI's weights and those of open_clip whose name ends in "quickgelu"; else GELU.

    Raises:
        NotPublished: if these are other weights.
    """
    if "visual.conv1.weight" not in state:
        raise NotPublished("expected CLIP's state dict as open_clip writes it: it has no visual.conv1.weight")
    block = r"transformer\.resblocks\.(\d+)\."
    ours: dict[str, Tensor] = {}
    for prefix, target in ((r"visual\.", "encoder."), ("", "text_encoder.")):
        ours |= _renamed(
            state,
            {
                prefix + block + r"attn\.in_proj_": target + r"transformer.blocks.\1.attention.qkv.",
                prefix + block + r"attn\.out_proj": target + r"transformer.blocks.\1.attention.out",
                prefix + block + r"mlp\.c_fc": target + r"transformer.blocks.\1.mlp.0",
                prefix + block + r"mlp\.c_proj": target + r"transformer.blocks.\1.mlp.2",
                prefix + block + r"ln_(\d)": target + r"transformer.blocks.\1.norm\2",
            },
        )
    ours |= _renamed(
        state,
        {
            r"visual\.conv1": "encoder.stem", r"visual\.class_embedding": "encoder.class_token",
            r"visual\.positional_embedding": "encoder.positions", r"visual\.ln_pre": "encoder.pre_norm",
            r"visual\.ln_post": "encoder.norm", r"visual\.proj$": "to_image.weight",
            r"token_embedding": "text_encoder.words", r"positional_embedding": "text_encoder.positions",
            r"ln_final": "text_encoder.norm", r"text_projection": "to_text.weight", r"logit_scale": "log_scale",
        },
    )  # fmt: skip
    ours["encoder.class_token"] = ours["encoder.class_token"][None]
    for key in ("to_image.weight", "to_text.weight"):
        ours[key] = ours[key].T
    width, _, patch, _ = ours["encoder.stem.weight"].shape
    vocabulary_size, text_width = ours["text_encoder.words.weight"].shape
    side = round((len(ours["encoder.positions"]) - 1) ** 0.5)
    depths = {
        tower: len({key.split(".")[3] for key in ours if key.startswith(f"{tower}.transformer.blocks.")})
        for tower in ("encoder", "text_encoder")
    }
    bend = QuickGELU if quick else nn.GELU
    pictures = ViT(
        width, depths["encoder"], width // 64,
        size=side * patch, patch=patch, pre_norm=True, activation=bend, eps=1e-5,
        mean=CLIP_COLORS[0], spread=CLIP_COLORS[1],
    )  # fmt: skip
    texts = TextTransformer(
        vocabulary_size, text_width, depths["text_encoder"], text_width // 64,
        length=len(ours["text_encoder.positions"]), activation=bend,
    )  # fmt: skip
    model = CLIP(pictures, texts, tokenizer or vocabulary(), dim=len(ours["to_image.weight"]))
    return _filled(model, ours, kind="CLIP with a ViT")


def vocabulary(download: bool = True) -> BPE:
    """OpenAI's 49,408 pieces of words: those that open_clip brings where it is installed, else downloaded.

    Raises:
        FileNotFoundError: if they are nowhere to be had.
    """
    spec = find_spec("open_clip")
    path = Path(spec.origin).with_name("bpe_simple_vocab_16e6.txt.gz") if spec and spec.origin else None
    if path is None or not path.exists():
        path = fetch("openai/clip-vit-base-patch32", "merges.txt", download)
    if path is None:
        raise FileNotFoundError("CLIP's vocabulary is missing: connect to the internet or pip install open_clip_torch")
    return BPE.read(path)


def _renamed(state: State, names: Mapping[str, str]) -> dict[str, Tensor]:
    """Those tensors whose names begin with one of the patterns, under their new names, as float32."""
    found = {}
    for key, value in state.items():
        for pattern, name in names.items():
            new, matched = re.subn("^" + pattern, name, key)
            if matched:
                found[new] = value.float()
    return found


def _filled(model: M, state: State, kind: str, ignore: tuple[str, ...] = ()) -> M:
    """The model with these weights, in eval mode; complains about what is missing or left over."""
    wanted = model.state_dict()
    given = {key: value.float() if value.is_floating_point() else value for key, value in state.items()}
    given = {key: value for key, value in given.items() if not key.startswith(ignore)} if ignore else given
    missing, odd = wanted.keys() - given.keys(), given.keys() - wanted.keys()
    odd |= {key for key in wanted.keys() & given.keys() if wanted[key].shape != given[key].shape}
    if missing or odd:
        raise NotPublished(
            f"expected the weights of {kind}: "
            f"missing {sorted(missing)[:3] or 'nothing'}, odd {sorted(odd)[:3] or 'none'}"
        )
    model.load_state_dict(given)
    return model.eval()

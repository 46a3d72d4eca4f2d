"""Published weights are found where they lie, fetched where the network is, and otherwise left out without a word;
every tensor is read, or left out by name, or refused by name.
"""

import pytest
import torch
from torch import nn
from torchvision.models import VisionTransformer, resnet18

from course_lib.nn import BPE, Block, ViT
from course_lib.weights import published
from course_lib.weights.published import clips, files
from course_lib.weights.published.convert import filled, renamed


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """A machine without network, and an empty folder for downloads."""

    def refuse(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(files.socket, "create_connection", refuse)
    monkeypatch.setattr(files, "DOWNLOADS", tmp_path)
    return tmp_path


def test_without_network_nothing_is_fetched_and_nothing_is_said(offline, capsys):
    assert published.fetch("openai/clip-vit-base-patch32", "merges.txt") is None
    assert published.torchvision("resnet18") is None
    assert published.torchvision("vit_b_16", download=False) is None
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_what_was_downloaded_before_is_found_without_network(offline):
    address = "resnet18-f37072fd.pth"
    (offline / "torchvision").mkdir()
    torch.save(resnet18().state_dict(), offline / "torchvision" / address)
    state = published.torchvision("resnet18", download=False)
    assert state is not None and published.resnet18(state).width == 512


def test_where_open_clip_is_missing_the_vocabulary_is_said_to_be_missing(offline, monkeypatch):
    monkeypatch.setattr(clips, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="connect to the internet or pip install open_clip_torch"):
        published.vocabulary()


# --- Every tensor


def timm_like(model):
    """The state dict of a ViT of ours under timm's names."""
    parts = {
        "stem.": "patch_embed.proj.", "transformer.": "", "attention.qkv": "attn.qkv", "attention.out": "attn.proj",
        "mlp.0": "mlp.fc1", "mlp.2": "mlp.fc2", "ls1": "ls1.gamma", "ls2": "ls2.gamma",
    }  # fmt: skip
    state = {}
    for key, value in model.state_dict().items():
        for ours, theirs in parts.items():
            key = key.replace(ours, theirs)
        state[key] = value[None] if key in ("cls_token", "pos_embed", "register_tokens", "mask_token") else value
    return state


def small(**options):
    """A small ViT whose weights leave nothing at 0 or 1, where a mistake would hide."""
    model = ViT(128, 2, 2, size=32, patch=8, **options).eval()
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=g))
    return model


PLAIN = ((0.5,) * 3, (0.25,) * 3)
OPTIONS = [{}, {"layer_scale": 0.1}, {"layer_scale": 1e-5, "registers": 4, "mask_token": True}]


@pytest.mark.parametrize("options", OPTIONS)
@torch.no_grad()
def test_layer_scale_and_registers_are_read_not_dropped(options):
    theirs, pictures = small(**options), torch.rand(2, 3, 32, 32)
    mine = published.vit(timm_like(theirs), PLAIN)
    assert mine.state_dict().keys() == theirs.state_dict().keys()
    assert torch.equal(mine.tokens(pictures), theirs.tokens(pictures)) and not mine.training


FOREIGN = {
    "a gate of the queries": "blocks.0.attn.q_norm.weight",
    "a norm before the blocks": "norm_pre.weight",
    "SwiGLU": "blocks.1.mlp.w12.weight",
    "SAM's relative positions": "blocks.1.attn.rel_pos_h",
    "SAM's neck": "neck.0.weight",
    "MAE's decoder": "decoder_blocks.0.norm1.weight",
    "BEiT's last layer in pre-training": "lm_head.weight",
    "BEiT-3's second modality": "blocks.0.B.mlp.fc1.weight",
    "a token of distillation": "dist_token",
    "attention that pools": "attn_pool.latent",
    "an average that was carried along": "module.cls_token",
    "a name that only begins like ours": "cls_token_of_another",
    "a layer scale of another kind": "blocks.0.ls3.gamma",
    "one half of a bias": "blocks.0.attn.q_bias",
    "one table of two": "blocks.0.attn.relative_position_bias_table",
    "two last norms": "fc_norm.weight",
}


@pytest.mark.parametrize("key", FOREIGN.values(), ids=FOREIGN)
def test_a_tensor_that_is_not_understood_is_refused_by_name(key):
    state = timm_like(small()) | {key: torch.zeros(128)}
    named = (
        key.removeprefix("blocks.0.").removeprefix("attn.").removeprefix("relative_position_bias_").split(".gamma")[0]
    )
    with pytest.raises(published.NotPublished, match=named):
        published.vit(state)


@torch.no_grad()
def test_what_is_left_out_is_left_out_on_request_alone():
    theirs, pictures = small(), torch.rand(2, 3, 32, 32)
    state = timm_like(theirs) | {"head.weight": torch.zeros(9, 128), "head.bias": torch.zeros(9)}
    state |= {"decoder_embed.weight": torch.zeros(64, 128), "mask_token": torch.zeros(1, 1, 64)}
    with pytest.raises(published.NotPublished, match="does not have: decoder_embed.weight"):
        published.vit(state)
    with pytest.raises(published.NotPublished, match="mask_token"):  # the decoder's, of another width
        published.vit(state, ignore=["decoder_"])
    mine = published.vit(state, PLAIN, ignore=["decoder_", "mask_token"])
    assert mine.mask_token is None and torch.equal(mine(pictures), theirs(pictures))


def test_torchvisions_names_are_refused_as_carefully():
    theirs = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=128, mlp_dim=512)
    block = "encoder.layers.encoder_layer_0."
    for key in ("encoder.layers.encoder_layer_0.ln_3.weight", "registers", block + "layer_scale_1", "encoder.gate"):
        with pytest.raises(published.NotPublished, match=key.rpartition(".")[2] if "ln_3" not in key else "norm3"):
            published.vit(theirs.state_dict() | {key: torch.zeros(128)})
    # two names of one tensor, an older and a newer one
    with pytest.raises(published.NotPublished, match=r"does not have: .*mlp\.linear_1\.weight"):
        published.vit(theirs.state_dict() | {block + "mlp.linear_1.weight": torch.zeros(512, 128)})


def test_missing_tensors_and_odd_positions_are_refused():
    state = timm_like(small())
    with pytest.raises(published.NotPublished, match="missing .'transformer.blocks.1.norm2.bias'."):
        published.vit({key: value for key, value in state.items() if key != "blocks.1.norm2.bias"})
    with pytest.raises(published.NotPublished, match="on a square of patches, got 12 positions"):
        published.vit(state | {"pos_embed": torch.zeros(1, 12, 128)})
    with pytest.raises(published.NotPublished, match="odd .'transformer.blocks.1.ls1'."):
        published.vit(state | {"blocks.1.ls1.gamma": torch.ones(128)})
    with pytest.raises(published.NotPublished, match="odd .'transformer.blocks.0.mlp.0.bias'."):
        published.vit(state | {"blocks.0.mlp.fc1.bias": torch.zeros(256)})


def heads_of(network: ViT) -> set[int]:
    return {block.attention.heads for block in network.modules() if isinstance(block, Block)}


def test_heads_are_64_wide_unless_it_is_said_otherwise():
    assert heads_of(published.vit(timm_like(small()))) == {2}
    assert heads_of(published.vit(timm_like(small()), heads=4)) == {4}
    huge = timm_like(ViT(1280, 1, 16, size=8, patch=8))
    assert heads_of(published.vit(huge)) == {16}


def test_renaming_takes_leaves_or_refuses():
    one = torch.ones(1)
    with pytest.raises(published.NotPublished, match="tensors that it does not have: b, bb, c, d, e and 2 more"):
        renamed({key: one for key in ("a", "g", "f", "e", "d", "c", "b", "bb")}, {"a": "A"}, "a net")
    with pytest.raises(published.NotPublished, match="does not have: a2"):
        renamed({"a1": one, "a2": one}, {r"a\d": "A"}, "a net")
    # what is to be left out is left out, though there is a name for it
    assert list(renamed({"a": one, "b": one}, {"a": "A", "b": "B"}, "a net", ignore=["b"])) == ["A"]
    assert renamed({"a": torch.ones(1, dtype=torch.half)}, {"a": "A"}, "a net")["A"].dtype == torch.float32
    with pytest.raises(published.NotPublished, match="the weights of a net: missing .'bias'., odd .'gate'."):
        filled(nn.Linear(1, 1), {"weight": one[None], "gate": one}, "a net")


def test_clip_and_resnet_refuse_what_they_do_not_have():
    with pytest.raises(published.NotPublished, match="does not have: se.weight"):
        published.resnet18(resnet18().state_dict() | {"se.weight": torch.ones(1)})
    state = {"visual.conv1.weight": torch.ones(64, 3, 8, 8), "visual.attn_pool.query": torch.ones(1)}
    with pytest.raises(published.NotPublished, match="does not have: visual.attn_pool.query"):
        published.clip(state, BPE.learn(["a"], merges=1))


CONVERTERS = {
    "vit": (published.vit, lambda: timm_like(small())),
    "resnet18": (published.resnet18, lambda: dict(resnet18().state_dict())),
    "clip": (lambda state: published.clip(state, BPE.learn(["a"], merges=1)), lambda: {"visual.conv1.weight": None}),
}


@pytest.mark.parametrize("name", CONVERTERS)
def test_what_is_no_state_dict_is_refused_in_a_sentence(name):
    convert, _ = CONVERTERS[name]
    for state, words in (
        ({"state_dict": {"a": torch.ones(1)}}, r"give state\['state_dict'\]"),
        ({"a": "words"}, "got a str as 'a'"),
        ({3: torch.ones(1)}, "got 3 as a name"),
        (nn.Linear(1, 1), "give model.state_dict"),
        (None, "got a NoneType"),
        ({"module.a": torch.ones(1)}, "all names begin with 'module.'"),
        ({"a": torch.ones(1, device="meta")}, "as plain numbers, got others as 'a'"),
        ({"a": torch.ones(1, dtype=torch.cfloat)}, "as plain numbers, got others as 'a'"),
    ):
        with pytest.raises(published.NotPublished, match=words):
            convert(state)


@pytest.mark.parametrize("name", ["vit", "resnet18"])
@torch.no_grad()
def test_another_precision_is_read_and_whole_numbers_are_refused(name):
    convert, make = CONVERTERS[name]
    state, before = make(), torch.get_rng_state()
    halves = convert({key: value.half() if value.is_floating_point() else value for key, value in state.items()})
    assert {value.dtype for value in halves.parameters()} == {torch.float32} and not halves.training
    assert torch.equal(torch.get_rng_state(), before)
    bias = next(key for key in state if key.endswith("bias"))
    with pytest.raises(published.NotPublished, match="odd"):
        convert(state | {bias: state[bias].char()})


@pytest.mark.parametrize("shape", [(), (1,), (1, 17), (1, 17, 64), (1, 4, 4, 128), (1, 0, 128)])
@pytest.mark.parametrize("key", ["pos_embed", "cls_token", "reg_token", "patch_embed.proj.weight"])
def test_tensors_of_other_shapes_are_refused(key, shape):
    if key == "reg_token" and shape == (1, 0, 128):
        pytest.skip("no registers are none")
    with pytest.raises(published.NotPublished):
        published.vit(timm_like(small()) | {key: torch.zeros(shape)})


def test_what_may_be_rotated_is_refused():
    """EVA, DINOv3 and ViTs of rotated queries leave no trace of it in a state dict, but for other names."""
    state = timm_like(small(layer_scale=0.1))
    eva = {key.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"): value for key, value in state.items()}
    with pytest.raises(published.NotPublished, match=r"blocks\.0\.gamma_1 without a table of relative positions"):
        published.vit(eva)
    del state["pos_embed"]
    with pytest.raises(published.NotPublished, match="that learned where its patches are, got no positions"):
        published.vit(state)


def test_heads_that_cannot_be_guessed_are_asked_for():
    narrow = timm_like(ViT(96, 1, 3, size=32, patch=8))
    with pytest.raises(published.NotPublished, match="64 wide, got a width of 96: say how many"):
        published.vit(narrow)
    assert heads_of(published.vit(narrow, heads=3)) == {3}
    with pytest.raises(published.NotPublished, match="share a width of 96 evenly, got 5"):
        published.vit(narrow, heads=5)
    assert heads_of(published.vit(timm_like(ViT(1152, 1, 16, size=8, patch=8)))) == {16}


class Evil:
    def __reduce__(self):
        return (print, ("this must not be run",))


@pytest.mark.parametrize("content", ["evil", "cut"])
def test_a_file_that_holds_more_than_weights_or_less_is_refused(offline, content, capsys):
    (offline / "torchvision").mkdir()
    file = offline / "torchvision" / "resnet18-f37072fd.pth"
    torch.save({"a": Evil()} if content == "evil" else resnet18().state_dict(), file)
    if content == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(published.NotPublished, match="damaged or holds more than weights: delete it"):
        published.torchvision("resnet18", download=False)
    assert capsys.readouterr().out == ""


def test_a_model_that_torchvision_does_not_publish_is_said():
    with pytest.raises(published.NotPublished, match="no weights of 'resnet_18'.*did you mean .*'resnet18'"):
        published.torchvision("resnet_18")

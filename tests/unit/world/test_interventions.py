"""Changes made on purpose: each does what it says and leaves the rest alone."""

# pyright: reportArgumentType=false
import re
from collections import Counter
from dataclasses import fields

import pytest
import torch
from torch import Tensor

from course_lib import world
from course_lib.world import interventions
from course_lib.world.catalogue import kinds_of, may_be
from course_lib.world.numbers import split_of
from course_lib.world.scene import Scene

from .reading import look_of, slots_like


def differing(one: Scene, other: Scene) -> set[str]:
    return {f.name for f in fields(Scene) if not torch.equal(getattr(one, f.name), getattr(other, f.name))}


@pytest.fixture(scope="module", params=world.MODES)
def scene(request) -> Scene:
    return world.draw(40, size=8, mode=request.param, seed=51, clutter=0.5).scene


def test_they_leave_the_given_scenes_alone(scene):
    before = scene.copy()
    for change in (
        interventions.one_sky, interventions.small_things, interventions.swapped_backdrops,
        interventions.twice_with_swapped_backdrops, lambda s: interventions.with_backdrop(s, "snow"),
        lambda s: interventions.with_thing(s, "cat"), interventions.edit,
        *([interventions.twins] if scene.things.shape[1] > 1 else []),
    ):  # fmt: skip
        change(scene)
        assert not differing(scene, before)


def test_one_sky(scene):
    changed = interventions.one_sky(scene)
    assert differing(changed, scene) == {"backdrops", "mood", "numbers"}
    assert {world.BACKDROPS[b] for b in changed.backdrops} == {"sky"}
    assert not changed.mood.any() and not changed.numbers.any()


def test_small_things(scene):
    calm, loud = interventions.small_things(scene), interventions.small_things(scene, busy=1.0)
    assert differing(calm, scene) == {"sizes"} and differing(loud, scene) == {"sizes", "busy"}
    assert torch.equal(loud.sizes, scene.sizes * 0.6) and loud.busy.eq(1).all()


def test_swapped_backdrops(scene):
    changed = interventions.swapped_backdrops(scene)
    assert differing(changed, scene) <= {"backdrops", "mood", "numbers", "busy", "clutter"}
    assert torch.equal(changed.backdrops, scene.backdrops.roll(1)) and torch.equal(changed.mood, scene.mood.roll(1, 0))


def test_twice_with_swapped_backdrops_as_it_was_done_by_hand(scene):
    n = len(scene)
    small = scene.copy()
    small.sizes *= 0.6
    small.busy[:] = 1.0
    both = small[torch.arange(n).repeat(2)]
    for part in (both.backdrops, both.mood, both.numbers):
        part[n:] = part[n:].roll(1, 0)
    assert not differing(interventions.twice_with_swapped_backdrops(scene), both)


def test_with_backdrop_and_with_thing(scene):
    assert differing(interventions.with_backdrop(scene, "night"), scene) == {"backdrops"}
    changed = interventions.with_thing(scene, "cat")
    assert differing(changed, scene) == {"things"} and (changed.things[:, 0] == world.THINGS.index("cat")).all()


@pytest.mark.parametrize("split", world.SPLITS)
def test_twins_are_two_of_a_kind_in_different_colors_apart_and_in_view(split):
    scene = world.draw(80, size=8, seed=52, split=split).scene
    batch = world.draw_scene(interventions.twins(scene), size=64)
    counts = (scene.things >= 0).sum(1)
    assert torch.equal((batch.things >= 0).sum(1), counts.clamp(min=2))
    for i in range(len(batch)):
        kinds = Counter(batch.names(i))
        assert sorted(kinds.values())[::-1] == [2] + [1] * (len(kinds) - 1)
        a, b = (k for k, name in enumerate(batch.names(i)) if kinds[name] == 2)
        thing, colors = int(batch.things[i, a]), batch.colors[i]
        assert colors[a] != colors[b] and thing in kinds_of(split)
        assert all(may_be(thing, int(colors[k]), split) for k in (a, b))
        gap = (batch.scene.centers[i, a] - batch.scene.centers[i, b]).norm()
        assert gap > 0.5 * (batch.scene.sizes[i, a] + batch.scene.sizes[i, b])
        assert batch.masks[i, [a, b]].flatten(1).sum(1).min() >= 16
    assert torch.equal(interventions.twins(scene[50:60]).colors, batch.scene.colors[50:60])


# Edits, read back from their instructions alone.

COLORS, PATTERNS = "|".join(world.COLORS), "|".join(world.PATTERNS)
FORMS = {
    "recolor": rf"(?:make|paint) the (?P<it>.+) (?P<new>{COLORS})|the (?P<it2>.+) should be (?P<new2>{COLORS})"
    rf"|change the color of the (?P<it3>.+) to (?P<new3>{COLORS})",
    "repattern": rf"make the (?P<it>.+) (?P<new>{PATTERNS})|the (?P<it2>.+) should be (?P<new2>{PATTERNS})"
    rf"|change the pattern of the (?P<it3>.+) to (?P<new3>{PATTERNS})",
    "replace": r"(?:turn|replace) the (?P<it>.+) (?:into|with) (?P<new>an? .+)"
    r"|put (?P<new2>an? .+) in the place of the (?P<it2>.+)",
    "remove": r"take the (?P<it>.+) away|remove the (?P<it2>.+)|the same without the (?P<it3>.+)",
    "add": r"add (?P<new>an? .+)|put (?P<new2>an? .+) into the picture|the same with (?P<new3>an? .+)",
    "move": r"(?:move|shift) the (?P<it>.+) (?P<new>to the left|to the right|up|down)"
    r"|the (?P<it2>.+) should be farther (?P<new2>to the left|to the right|up|down)",
    "backdrop": r"(?:show )?the same (?P<new>.+)|use a (?P<new2>.+) backdrop",
    "size": r"make the (?P<it>.+) (?P<new>bigger|smaller)|the (?P<it2>.+) should be (?P<new2>bigger|smaller)",
}


def read(kind: str, words: str) -> dict[str, str]:
    match = re.fullmatch(FORMS[kind], words)
    assert match, (kind, words)
    return {name.rstrip("23"): said for name, said in match.groupdict().items() if said}


def rows(batch: world.Batch, i: int, without: int = -1) -> list[tuple]:
    """All that is known of each thing of one scene, but for one slot."""
    s = batch.scene
    columns: list[Tensor] = [s.things, s.colors, s.patterns, s.centers, s.sizes, s.angles, s.mirrored, s.dials, s.tints]
    n = len(batch.names(i))
    return [tuple(str(c[i, k].tolist()) for c in columns) for k in range(n) if k != without]


@pytest.mark.parametrize("mode", ["portrait", "scene", "twins"])
@pytest.mark.parametrize("split", ["train", "heldout_pairs", "heldout_things"])
def test_edits_do_what_the_instruction_says_and_nothing_else(mode, split):
    scene = world.draw(160, size=8, mode=mode.replace("twins", "scene"), seed=53, split=split).scene
    scene = interventions.twins(scene) if mode == "twins" else scene
    before, done = world.draw_scene(scene, 48), interventions.edit(scene, seed=1)
    after = world.draw_scene(done.scene, 48)
    assert ((before.pictures - after.pictures).abs().amax(1) > 0.08).flatten(1).sum(1).min() >= 8
    assert after.masks.flatten(2).any(2).equal(after.things >= 0)
    for i, (kind, words, slot) in enumerate(zip(done.kinds, done.instructions, done.slots.tolist(), strict=True)):
        said = read(kind, words)
        one, other = before.scene[i : i + 1], after.scene[i : i + 1]
        if "it" in said:
            assert slots_like(before, i, look_of(said["it"])) == [slot], words
        if kind == "backdrop":
            assert differing(one, other) == {"backdrops"} and slot == -1
            new = world.BACKDROPS[after.backdrops[i]]
            assert said["new"] in (new, *world.interventions.BACKDROPS[new].words)
        elif kind == "remove":
            assert rows(after, i) == rows(before, i, without=slot)
        elif kind == "add":
            assert rows(after, i, without=slot) == rows(before, i) and slot == len(before.names(i))
            assert slots_like(after, i, look_of(said["new"])) == [slot]
            assert after.masks[i, slot].sum() >= 16
        else:
            assert rows(after, i, without=slot) == rows(before, i, without=slot)
            (changed,) = differing(one, other)
            if kind == "recolor":
                assert changed == "colors" and world.COLORS[after.colors[i, slot]] == said["new"]
            elif kind == "repattern":
                assert changed == "patterns" and world.PATTERNS[after.patterns[i, slot]] == said["new"]
            elif kind == "replace":
                assert changed == "things" and slots_like(after, i, look_of(said["new"])) == [slot]
            elif kind == "size":
                grown = float(other.sizes[0, slot] / one.sizes[0, slot])
                assert changed == "sizes" and grown == pytest.approx({"bigger": 1.35, "smaller": 0.7}[said["new"]])
            else:
                x, y = (other.centers - one.centers)[0, slot].tolist()
                along = {"to the left": -x, "to the right": x, "up": -y, "down": y}[said["new"]]
                assert changed == "centers" and along >= 0.2 - 1e-6 and abs(x * y) < 1e-9
        assert split_of(int(other.numbers[0])) == split
        for thing, color in zip(after.things[i].tolist(), after.colors[i].tolist(), strict=True):
            assert thing < 0 or (thing in kinds_of(split) and may_be(thing, color, split))
        assert len({(n, int(c)) for n, c in zip(after.names(i), after.colors[i], strict=False)}) == len(after.names(i))


def test_every_kind_of_edit_occurs_and_no_wording_is_always_the_same():
    done = interventions.edit(world.draw(1200, size=8, seed=54).scene)
    counts = Counter(done.kinds)
    assert set(counts) == set(world.EDITS) and min(counts.values()) > 70, counts
    for kind in world.EDITS:
        starts = {words.split()[0] for words, k in zip(done.instructions, done.kinds, strict=True) if k == kind}
        assert len(starts) >= 2, kind
    portraits = interventions.edit(world.draw(600, size=8, mode="portrait", seed=54).scene)
    assert set(portraits.kinds) == set(world.EDITS) - {"add", "remove"}


def test_an_edit_depends_on_the_scene_and_the_seed_alone():
    scene = world.draw(60, size=8, seed=55).scene
    whole = interventions.edit(scene)
    part = interventions.edit(scene[20:30])
    assert part.instructions == whole.instructions[20:30] and not differing(part.scene, whole.scene[20:30])
    assert interventions.edit(scene, seed=1).instructions != whole.instructions
    assert set(interventions.edit(scene, kinds=("recolor", "backdrop")).kinds) == {"recolor", "backdrop"}


def test_bad_input_gets_one_clear_sentence():
    scene, portrait = (world.draw(30, size=8, mode=mode, seed=56).scene for mode in ("scene", "portrait"))
    for call, words in (
        (lambda: interventions.twins(portrait), "room for two things, got portraits"),
        (lambda: interventions.with_backdrop(scene, "moon"), "expected a backdrop out of"),
        (lambda: interventions.with_thing(scene, "dragon"), "expected a thing out of"),
        (lambda: interventions.small_things(scene, busy=2), "busy between 0"),
        (lambda: interventions.edit(scene, kinds=("paint",)), "kinds of edit out of recolor.*got paint"),
        (lambda: interventions.edit(scene, kinds=()), "got none"),
        (lambda: interventions.edit(scene, kinds="move"), "a list of kinds of edit .*got 'move'"),
        (lambda: interventions.edit(scene, kinds=None), "a list of kinds of edit .*got None"),
        (lambda: interventions.edit(scene, kinds=[5]), "kinds of edit .*got 5"),
        (lambda: interventions.edit(scene, seed=2**60), "a seed from 0 to"),
        (lambda: interventions.edit(scene, seed=1.5), "a seed from 0 to"),
        (lambda: interventions.small_things(scene, busy="much"), "busy between 0"),
        (lambda: interventions.with_backdrop(scene, ["snow"]), "expected a backdrop out of"),
        *(
            (lambda change=change: change(world.draw(2, size=8)), "such as `batch.scene`, got Batch")
            for change in (
                interventions.one_sky,
                interventions.small_things,
                interventions.swapped_backdrops,
                interventions.twice_with_swapped_backdrops,
                interventions.twins,
                interventions.edit,
                lambda given: interventions.with_thing(given, "cat"),
            )
        ),
        (lambda: interventions.edit(scene, seed=-1), "a seed from 0 to"),
        (lambda: interventions.edit(portrait, kinds=("remove",)), "every scene allows, got remove"),
    ):
        with pytest.raises(ValueError, match=words):
            call()

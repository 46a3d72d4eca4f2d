"""The catalogue of things: its size, its families, its parts and what training may see of it."""

from course_lib import world
from course_lib.world.catalogue import kinds_of, may_be


def test_the_catalogue_is_as_large_as_promised():
    assert len(world.THINGS) == 50 and len(world.FAMILIES) == 10 and len(world.REALMS) == 4
    assert len(world.COLORS) == 10 and len(world.PATTERNS) == 4 and len(world.BACKDROPS) == 8
    assert len(world.TRAINED_THINGS) == 40 and len(world.HELD_OUT_THINGS) == 10
    families = world.PATHS[:, 1].bincount()
    assert families.tolist() == [5] * 10
    assert {int(world.PATHS[i, 1]) for i in world.HELD_OUT_THINGS} == set(range(10))
    words = [word for words in world.WORDS.values() for word in words]
    assert len(words) == len(set(words)), "one word for two kinds of thing"
    assert all(world.WORDS[thing][0] == thing for thing in world.THINGS)
    assert all(3 <= len(parts) <= 7 for parts in world.PARTS.values())


def test_parts_are_numbered_through():
    assert len(world.PART_NAMES) == sum(len(parts) for parts in world.PARTS.values()) == len(set(world.PART_NAMES))
    for label, name in enumerate(world.THINGS):
        first = int(world.FIRST_PART[label])
        assert world.PART_NAMES[first : first + len(world.PARTS[name])] == tuple((name, p) for p in world.PARTS[name])


def test_what_a_split_may_show_is_what_it_draws():
    for split in world.SPLITS:
        batch = world.draw(600, size=8, split=split)
        for thing, color in zip(batch.things.flatten().tolist(), batch.colors.flatten().tolist(), strict=True):
            assert thing < 0 or (thing in kinds_of(split) and may_be(thing, color, split))

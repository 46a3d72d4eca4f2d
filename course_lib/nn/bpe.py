"""Text as numbers: byte-pair encoding (Sennrich and others, 2015, "Neural Machine Translation of Rare Words with
Subword Units", arXiv 1508.07909, algorithm 1), on bytes and with an end-of-word mark, as CLIP uses it.
"""

from __future__ import annotations

import gzip
import html
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache
from operator import index
from pathlib import Path
from typing import Any, cast

import ftfy
import regex
import torch
from torch import Tensor

from ..expect import expect_whole

END = "</w>"
"""Marks the last piece of a word."""
Pair = tuple[str, str]
Span = tuple[int, int]

_PIECES = regex.compile(
    r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE
)


@cache
def byte_letters() -> dict[int, str]:
    """A visible letter for each of the 256 bytes; those that are visible already stand for themselves.

    >>> byte_letters()[65], len(set(byte_letters().values()))
    ('A', 256)
    """
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(256 + i) for i, byte in enumerate(hidden)}


def words(text: str) -> list[str]:
    """The words, numbers and marks of a text, mended and in lower case.

    Raises:
        ValueError: for what is no text.

    >>> words("A cat's  HAT &amp; 12!")
    ['a', 'cat', "'s", 'hat', '&', '1', '2', '!']
    """
    return _PIECES.findall(_mended(_text(text)).lower())


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError(f"expected a text, got {text!r}: leave out what has none, or put '' there")
    return text


def _several(texts: Any) -> Iterable[str]:
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise ValueError(f"expected several texts, got {texts!r}: put one text into a list, [text]")
    return texts


def _mended(text: str) -> str:
    """A text with its encoding and its HTML put right, and with single spaces."""
    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split())


def _placed_words(text: str) -> list[tuple[str, list[Span | None]]]:
    """`words(text)`, and for each character of each word the characters (start, end) of the text that it comes from."""
    known, found = words(text), list(_PIECES.finditer(text))
    if [match.group().lower() for match in found] == known and len(text.lower()) == len(text):
        return [(m.group().lower(), [(i, i + 1) for i in range(*m.span())]) for m in found]
    mended = _mended(text).lower()
    origin: list[Span | None] = [None] * len(mended)
    steps = SequenceMatcher(None, [letter.lower() for letter in text], mended, autojunk=False).get_opcodes()
    for step, start, end, first, last in steps:
        if step == "equal":
            origin[first:last] = [(start + i, start + i + 1) for i in range(last - first)]
        elif step == "replace":
            origin[first:last] = [(start, end)] * (last - first)
    return [(m.group(), origin[slice(*m.span())]) for m in _PIECES.finditer(mended)]


class BPE:
    """Texts to ids and back, with the pairs that it has learned to merge, in their order.

    The ids: 256 bytes, the same 256 at the end of a word, one for each merge, then start and end.

    >>> bpe = BPE.learn(["low lower lowest", "low low"], merges=4)
    >>> bpe.pieces("lower"), bpe.pieces("slow")
    (['lowe', 'r</w>'], ['s', 'low</w>'])
    >>> bpe.decode(bpe.encode("slow lowest"))
    'slow lowest'
    """

    def __init__(self, merges: Sequence[Pair]):
        letters = list(byte_letters().values())
        for pair in merges:
            if not isinstance(pair, list | tuple) or [type(piece) for piece in pair] != [str, str]:
                raise ValueError(
                    f"expected merges of two pieces each, got {pair!r}: learn them with BPE.learn(texts, …)"
                )
        self.vocabulary = letters + [letter + END for letter in letters] + ["".join(pair) for pair in merges]
        self.start, self.end = len(self.vocabulary), len(self.vocabulary) + 1
        self.ids = {piece: i for i, piece in enumerate(self.vocabulary)}
        self.ids |= {"<start_of_text>": self.start, "<end_of_text>": self.end}
        self.rank = {(one, other): i for i, (one, other) in enumerate(merges)}
        self._known = {special: [self.ids[special]] for special in ("<start_of_text>", "<end_of_text>")}

    def __len__(self) -> int:
        """How many ids there are."""
        return self.end + 1

    @classmethod
    def learn(cls, texts: Iterable[str], merges: int) -> BPE:
        """Merge the most frequent pair of neighbors, again and again: algorithm 1 of the paper.

        Args:
            texts: what to learn from.
            merges: how many pairs to merge at most, from 0; fewer if all words are whole before.

        Raises:
            ValueError: if there is no word to learn from, for what is no text, or a number that is not whole.
        """
        merges = expect_whole("a number of merges", merges, least=0)
        counts = Counter(word for text in _several(texts) for word in words(text))
        if merges and not counts:
            raise ValueError("expected at least one word to learn merges from, got none")
        split = {word: _letters(word) for word in counts}
        learned: list[Pair] = []
        while len(learned) < merges:
            pairs: Counter[Pair] = Counter()
            for word, pieces in split.items():
                for pair in zip(pieces, pieces[1:], strict=False):
                    pairs[pair] += counts[word]
            if not pairs:
                break
            best = max(pairs, key=lambda pair: (pairs[pair], pair))
            learned.append(best)
            split = {word: _merged(pieces, best) for word, pieces in split.items()}
        return cls(learned)

    @classmethod
    def read(cls, path: str | Path) -> BPE:
        """The merges in a file of OpenAI's: bpe_simple_vocab_16e6.txt.gz, as open_clip brings it, or merges.txt.

        Raises:
            ValueError: if the file is another one, or too short to be one of them.
        """
        path = Path(path)
        data = path.read_bytes()
        try:
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise ValueError(f"expected merges as text in {path}, got other bytes ({error}): fetch it again") from error
        wanted = 49152 - 256 - 2  # the first line names the version; the file goes on past what CLIP uses
        merges = [(*line.split(),) for line in text.split("\n")[1 : 1 + wanted] if line]
        if len(merges) != wanted:
            raise ValueError(f"expected {wanted} merges in {path}, got {len(merges)}")
        return cls(cast(list[Pair], merges))

    def pieces(self, word: str) -> list[str]:
        """The pieces of one word: its letters, merged in the order in which the merges were learned."""
        pieces = _letters(word)
        while len(pieces) > 1:
            best = min(zip(pieces, pieces[1:], strict=False), key=lambda pair: self.rank.get(pair, len(self.rank)))
            if best not in self.rank:
                break
            pieces = _merged(pieces, best)
        return pieces

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without start and end."""
        ids: list[int] = []
        for word in words(text):
            if word not in self._known:
                self._known[word] = [self.ids[piece] for piece in self.pieces(word)]
            ids += self._known[word]
        return ids

    def encode_spans(self, text: str) -> tuple[list[int], list[Span | None]]:
        """`encode(text)`, and for each id the characters (start, end) of the text that it stands for.

        A piece that is less than a character, as in an emoji, gets all of it. Where mending the text exchanged some
        characters for others, a piece of the new ones gets all that were exchanged; a piece that mending added out of
        nothing gets None.

        >>> bpe = BPE.learn(["a cat"], merges=9)
        >>> text = "A  cat &amp; a café"
        >>> [span and text[slice(*span)] for span in bpe.encode_spans(text)[1]]
        ['A', 'cat', '&', 'a', 'ca', 'f', 'é', 'é']
        """
        ids: list[int] = []
        spans: list[Span | None] = []
        for word, origin in _placed_words(text):
            if word in ("<start_of_text>", "<end_of_text>"):
                ids.append(self.ids[word])
                spans.append(_joined(origin))
                continue
            letters = [place for letter, place in zip(word, origin, strict=True) for _ in letter.encode("utf-8")]
            at = 0
            for piece in self.pieces(word):
                ids.append(self.ids[piece])
                size = len(piece.removesuffix(END))
                spans.append(_joined(letters[at : at + size]))
                at += size
        return ids, spans

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, words set apart by one space; start, end and padding after the end are left out.

        Raises:
            ValueError: for what is none of this tokenizer's ids.
        """
        byte = {letter: number for number, letter in byte_letters().items()}
        text = ""
        for given in ids:
            try:
                i = index(given)
            except TypeError:
                i = -1
            if not 0 <= i <= self.end:
                raise ValueError(f"expected the ids of one text, from 0 to {self.end}, got {given!r} among them")
            if i == self.end:
                break
            text += self.vocabulary[i].replace(END, " ") if i != self.start else ""
        return bytes(byte[c] for c in text.replace(" ", byte_letters()[32])).decode("utf-8", errors="replace").strip()

    def __call__(self, texts: str | Sequence[str], length: int = 77, trim: bool = False) -> Tensor:
        """Ids (B, length) int64 of B texts: start, the text, end, then 0.

        Args:
            texts: one text, or several.
            length: of every row, from 3: start, something, end; a text that is longer loses its last words, never its
                end.
            trim: no longer than the longest text needs.

        Raises:
            ValueError: for what is no text, and for a length that is too short.

        >>> bpe = BPE.learn(["a cat"], merges=9)
        >>> bpe(["a cat", "a"], length=5)[:, 2:] == bpe.end
        tensor([[False,  True, False],
                [ True, False, False]])
        """
        length = expect_whole("a length for start, something and end", length, least=3)
        several = [texts] if isinstance(texts, str) else _several(texts)
        rows = [[self.start, *self.encode(text)[: length - 2], self.end] for text in several]
        if trim:
            length = max(map(len, rows), default=2)
        padded = [row + [0] * (length - len(row)) for row in rows]
        return torch.tensor(padded, dtype=torch.int64).view(len(rows), length)


def _joined(places: list[Span | None]) -> Span | None:
    """From the first to the last of these characters' places, None if none has a place."""
    known = [place for place in places if place]
    return (known[0][0], known[-1][1]) if known else None


def _letters(word: str) -> list[str]:
    letters = [byte_letters()[byte] for byte in word.encode("utf-8")]
    return [*letters[:-1], letters[-1] + END]


def _merged(pieces: list[str], pair: Pair) -> list[str]:
    merged, i = [], 0
    while i < len(pieces):
        if pieces[i : i + 2] == list(pair):
            merged.append("".join(pair))
            i += 2
        else:
            merged.append(pieces[i])
            i += 1
    return merged

"""Texts written together, token by token: rows that are done leave, waiting rows join, and none changes another.

Each step computes one token for every row. The rows that began together, and whose prompts are of nearly one length,
stand on one `_Shelf`: their keys and values in one block, so that one call of attention serves them all. A row's
numbers must not depend on its neighbours, and how a block is computed depends on how many places each row has. So the
number of places follows from the row alone: its prompt's length and the tokens it has written.
"""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import torch
from torch import Tensor
from torch.nn import functional

from .language import LanguageModel
from .prompts import Span

Report = Callable[[int, int], None]

_ROUND = 32
"""Places come in this many. Rows are padded by half of it on average, twice."""
_PADDED_ROWS = 16
"""Rows that are written together, where answers may depend on that, by models that cannot be packed."""


@dataclass(slots=True, eq=False)
class Row:
    """A text in the making. `choose` picks the next token from the logits."""

    prompt: Span
    most: int
    stops: list[str]
    choose: Callable[[Tensor], int]
    written: list[int] = field(default_factory=list[int])
    text: str | None = None
    """The text once it is done."""

    @property
    def start(self) -> int:
        """Tokens of the prompt."""
        return len(self.prompt.tokens)

    @property
    def places(self) -> int:
        """The most that it will need."""
        return _rounded(self.start) + _rounded(self.most)


def _rounded(tokens: int) -> int:
    return -(-tokens // _ROUND) * _ROUND


class _Shelf:
    """The keys and values of rows that began together: a block for each layer, rows, heads, places, numbers."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Rows whose prompts have the same number of places."""
        self.rows: list[Row | None] = list(rows)
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []
        self._places = _rounded(rows[0].start)
        self._lengths = torch.tensor([row.start for row in rows])
        self._all = torch.arange(len(rows))
        self._alive: Tensor | None = None
        self._steps = 0
        self._mask = torch.empty(0)

    def keep(self, layer: int, row: int, keys: Tensor, values: Tensor) -> None:
        """Take the keys and values of a prompt: heads, tokens, numbers."""
        if layer == len(self._keys):
            shape = (len(self.rows), keys.shape[0], self._places, keys.shape[2])
            self._keys.append(keys.new_zeros(shape))
            self._values.append(values.new_zeros(shape))
        self._keys[layer][row, :, : keys.shape[1]] = keys
        self._values[layer][row, :, : values.shape[1]] = values

    def begin_step(self) -> None:
        """Make room for one more token in each row."""
        if self._steps % _ROUND == 0:
            self._places += _ROUND
            self._keys = [functional.pad(block, (0, 0, 0, _ROUND)) for block in self._keys]
            self._values = [functional.pad(block, (0, 0, 0, _ROUND)) for block in self._values]
        self._steps += 1
        hidden = torch.arange(self._places) > self._lengths[:, None]
        self._mask = torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))[:, None, None]

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """One token of each living row: rows, heads, numbers; queries rows, heads, queries of a head, numbers."""
        living = self._all if self._alive is None else self._alive
        ends = self._lengths[living]
        self._keys[layer][living, :, ends] = key
        self._values[layer][living, :, ends] = value
        if self._alive is not None:
            query = query.new_zeros(len(self.rows), *query.shape[1:]).index_copy_(0, living, query)
        found = functional.scaled_dot_product_attention(
            query, self._keys[layer], self._values[layer], attn_mask=self._mask, scale=scale
        )
        return found if self._alive is None else found[living]

    def end_step(self) -> None:
        """The token has been kept; rows that are done by now leave."""
        self._lengths += 1

    def drop_done(self) -> None:
        """Let the rows go that are done; their places are given up once half of them are."""
        self.rows = [row if row is not None and row.text is None else None for row in self.rows]
        left = [i for i, row in enumerate(self.rows) if row is not None]
        if len(left) == len(self.rows):
            return
        self._alive = torch.tensor(left, dtype=torch.long)
        if 2 * len(left) <= len(self.rows):
            self.rows = [self.rows[i] for i in left]
            self._keys = [block[self._alive] for block in self._keys]
            self._values = [block[self._alive] for block in self._values]
            self._lengths = self._lengths[self._alive]
            self._all = torch.arange(len(left))
            self._alive = None

    @property
    def living(self) -> list[Row]:
        """Its rows that are not done."""
        return [row for row in self.rows if row is not None]


class _Step:
    """Attention of one step: the row of tokens is that of the shelves' rows, one after the other."""

    def __init__(self, shelves: Sequence[_Shelf]) -> None:
        self._shelves = shelves
        self._sizes = [len(shelf.living) for shelf in shelves]

    def __call__(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        heads = key.shape[0]
        grouped = query.transpose(0, 1).unflatten(1, (heads, query.shape[0] // heads)).split(self._sizes)
        keys, values = key.transpose(0, 1).split(self._sizes), value.transpose(0, 1).split(self._sizes)
        each = zip(self._shelves, grouped, keys, values, strict=True)
        return torch.cat([shelf.attend(layer, q, k, v, scale).flatten(1, 2) for shelf, q, k, v in each])


class Writer:
    """Writes rows with one language model, as many at a time as have room."""

    def __init__(self, language: LanguageModel, places: int, stopping: Callable[[], bool], report: Report) -> None:
        """`places` is the most tokens whose keys and values are held at a time."""
        self._language = language
        self._places = places
        self._stopping = stopping
        self._report = report

    def write(self, rows: Sequence[Row], *, exact: bool = True) -> None:
        """Write all `rows`; they are done afterwards. Without `exact`, what is written may depend on the others."""
        if not self._language.packed:
            groups = [[row] for row in rows] if exact else _alike(rows)
            self._write_in_turns(rows, groups, self._write_padded)
        elif exact and not self._language.agrees:
            self._write_in_turns(rows, [[row] for row in rows], self._write_together)
        else:
            self._write_together(rows, exact=exact)
        for row in rows:
            self._end(row)

    def _write_in_turns(
        self, rows: Sequence[Row], groups: Sequence[Sequence[Row]], write: Callable[[Sequence[Row]], None]
    ) -> None:
        for group in groups:
            if self._stopping():
                break
            write(group)
            self._report(sum(row.text is not None for row in rows), len(rows))

    def _write_together(self, rows: Sequence[Row], *, exact: bool = True) -> None:
        waiting = deque(sorted(rows, key=lambda row: (-row.most, -row.start)))
        shelves: list[_Shelf] = []
        done = 0
        while (waiting or shelves) and not self._stopping():
            shelves += self._join(waiting, shelves, exact=exact)
            if shelves and not self._stopping():
                self._step(shelves, exact=exact)
                shelves = [shelf for shelf in shelves if shelf.living]
            left = len(waiting) + sum(len(shelf.living) for shelf in shelves)
            if done != len(rows) - left:
                done = len(rows) - left
                self._report(done, len(rows))

    def _join(self, waiting: deque[Row], shelves: Sequence[_Shelf], *, exact: bool) -> list[_Shelf]:
        """Read the prompts of the rows that there is room for, and write their first tokens."""
        room = self._places - sum(row.places for shelf in shelves for row in shelf.living)
        rows: list[Row] = []
        while waiting and (waiting[0].places <= room or not (rows or shelves)):
            rows.append(waiting.popleft())
            room -= rows[-1].places
        by_places: dict[int, list[Row]] = {}
        for row in rows:
            by_places.setdefault(_rounded(row.start), []).append(row)
        fresh = [_Shelf(some) for some in by_places.values()]
        seats = [(row, shelf, i) for shelf in fresh for i, row in enumerate(shelf.living)]
        self._read(seats, exact=exact)
        for shelf in fresh:
            shelf.drop_done()
        return [shelf for shelf in fresh if shelf.living]

    def _read(self, seats: Sequence[tuple[Row, _Shelf, int]], *, exact: bool) -> None:
        def keep(layer: int, number: int, keys: Tensor, values: Tensor) -> None:
            _, shelf, place = seats[number]
            shelf.keep(layer, place, keys, values)

        for number, logits in self._language.read([row.prompt for row, _, _ in seats], keep, exact=exact):
            self._add(seats[number][0], logits[0])
            if self._stopping():
                break

    def _step(self, shelves: Sequence[_Shelf], *, exact: bool) -> None:
        for shelf in shelves:
            shelf.begin_step()
        rows = [row for shelf in shelves for row in shelf.living]
        positions = [row.start + len(row.written) - 1 for row in rows]
        logits = self._language.forward([row.written[-1] for row in rows], positions, _Step(shelves), exact=exact)
        for row, scores in zip(rows, logits, strict=True):
            self._add(row, scores)
        for shelf in shelves:
            shelf.end_step()
            shelf.drop_done()

    def _add(self, row: Row, scores: Tensor) -> None:
        """Write one more token; the row is done at an end token, a stop text, or its most tokens."""
        token = row.choose(scores)
        if token in self._language.ends:
            self._end(row)
            return
        row.written.append(token)
        if row.stops:
            text = self._language.text(row.written)
            cuts = [text.index(stop) for stop in row.stops if stop in text]
            if cuts:
                row.text = text[: min(cuts)].strip()
        if len(row.written) >= row.most:
            self._end(row)

    def _end(self, row: Row) -> None:
        if row.text is None:
            row.text = self._language.text(row.written).strip()

    # ── models that cannot be packed ─────────────────────────────────────────────────────────────────────────────────

    def _write_padded(self, rows: Sequence[Row]) -> None:
        """Write rows in step, as plain transformers does: shorter prompts are padded on the left."""
        for scores in self._padded_logits(rows):
            for row, logits in zip(rows, scores, strict=True):
                if row.text is None:
                    self._add(row, logits)
            if self._stopping() or all(row.text is not None for row in rows):
                break

    def _padded_logits(self, rows: Sequence[Row]) -> Iterator[Tensor]:
        """After each step, the logits of each row."""
        longest = max(row.start for row in rows)
        padding = torch.tensor([longest - row.start for row in rows])
        given = torch.tensor([[0] * (longest - row.start) + list(row.prompt.tokens) for row in rows])
        places, kept = torch.arange(longest)[None], None
        for step in count():
            with torch.inference_mode():
                out = self._language.model(
                    input_ids=given,
                    attention_mask=(torch.arange(longest + step) >= padding[:, None]).long(),
                    position_ids=(places - padding[:, None]).clamp(min=0),
                    past_key_values=kept,
                    use_cache=True,
                    logits_to_keep=1,
                )
            kept = out.past_key_values
            yield out.logits[:, -1]
            given = torch.tensor([row.written[-1:] or [0] for row in rows])
            places = torch.tensor([[longest + step]])


def _alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of like length, few enough for one block of padded rows."""
    ordered = sorted(rows, key=lambda row: row.start)
    return [ordered[i : i + _PADDED_ROWS] for i in range(0, len(ordered), _PADDED_ROWS)]

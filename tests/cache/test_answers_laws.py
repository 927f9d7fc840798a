"""The cache of answers against a model of it, under any order of puts, gets, time and new processes."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from planlang.runtime.answer_cache import AnswerCache
from planlang.runtime.answer_database import OVERHEAD

LIMIT = 8 * (OVERHEAD + 50)
CONTENTS = st.integers(0, 15).map(lambda number: number.to_bytes(16, "big"))
VALUES = st.binary(max_size=120)


class Answers(RuleBasedStateMachine):
    """A dict of (value, last use), from which the least recently used go."""

    def __init__(self):
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.now = 1_000_000.0
        self.kept: dict[bytes, tuple[bytes, float]] = {}
        self.cache = self.opened()

    def opened(self) -> AnswerCache:
        return AnswerCache(Path(self.place.name), LIMIT, clock=lambda: self.now)

    def size(self) -> int:
        return sum(len(value) + OVERHEAD for value, _ in self.kept.values())

    @rule(content=CONTENTS, value=VALUES)
    def put(self, content, value):
        self.now += 10_000
        self.cache.put([(content, value, "f", "m")])
        self.kept.setdefault(content, (value, self.now))
        while self.size() > LIMIT:
            del self.kept[min(self.kept, key=lambda each: self.kept[each][1])]

    @rule(content=CONTENTS)
    def get(self, content):
        """What is used at one time is one use, so time goes on before; notes are written down by the next put."""
        self.now += 10_000
        self.cache.put([(bytes(16), b"", "f", "m")])
        self.kept.setdefault(bytes(16), (b"", self.now))
        while self.size() > LIMIT:
            del self.kept[min(self.kept, key=lambda each: self.kept[each][1])]
        expected = self.kept.get(content)
        self.now += 10_000
        assert (expected[0] if expected else None) == self.cache.get(content)
        if expected:
            self.kept[content] = (expected[0], self.now)
            self.cache.put([(content, b"", "f", "m")])

    @rule()
    def another_process(self):
        self.cache.close()
        self.cache = self.opened()

    @invariant()
    def all_is_well(self):
        assert "" == self.cache.trouble

    def teardown(self):
        self.cache.close()
        self.place.cleanup()


TestAnswers = Answers.TestCase
TestAnswers.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)

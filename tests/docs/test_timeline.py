"""The picture of a run is what a run does."""

from __future__ import annotations

import pytest
from timeline import PICTURE, drawing, record


def test_the_picture_is_drawn_from_a_run(request: pytest.FixtureRequest):
    if request.config.getoption("--regenerate"):
        PICTURE.write_text(drawing(), encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawing()


def test_replies_begin_while_other_reviews_are_read():
    together, apart = record(sequential=False), record(sequential=True)
    first = next(bar for bar in together.bars if bar.function == "generate")
    assert first.start < max(bar.end for bar in together.bars if bar.function == "sentiment")
    assert 2 * together.printed < apart.printed
    assert together.printed == max(bar.end for bar in together.bars)

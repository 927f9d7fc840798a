"""Options that all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes the golden files anew instead of comparing with them."""
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew")

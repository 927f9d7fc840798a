"""The trace of a run as one page of HTML that needs nothing else: `write_page`."""

from .page import write_page

__all__ = ["write_page"]

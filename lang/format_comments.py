"""Which comment goes where: comments are not part of the tree, so the formatter deals them out by their places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from .tree import Comment


class Comments:
    """The comments of a file; each is taken once."""

    def __init__(self, text: str, comments: Sequence[Comment]) -> None:
        """Deal out `comments` of the source `text`."""
        self._text = text
        self._comments = comments
        self._starts = [comment.span.start for comment in comments]
        self._taken = [False] * len(comments)

    def between(self, start: int, end: int) -> list[Comment]:
        """Take the comments that begin in the given range and have not been taken."""
        found: list[Comment] = []
        for index in range(bisect_left(self._starts, start), len(self._comments)):
            if self._starts[index] >= end:
                break
            if not self._taken[index]:
                self._taken[index] = True
                found.append(self._comments[index])
        return found

    def trailing(self, after: int, before: int) -> list[Comment]:
        """Take the comment that stands in the line that `after` is in, behind it, but not behind `before`."""
        line_end = self._text.find("\n", after)
        return self.between(after, min(before, line_end if line_end >= 0 else len(self._text)))

    def any_in(self, start: int, end: int) -> bool:
        """Whether a comment begins in the given range."""
        index = bisect_left(self._starts, start)
        return index < len(self._starts) and self._starts[index] < end

    def own_line(self, comment: Comment, *, moved: bool = False) -> str:
        """`comment` as it stands in a line of its own. One that did not stand so must not become documentation."""
        written = comment.text.rstrip()
        line_start = self._text.rfind("\n", 0, comment.span.start) + 1
        alone = not self._text[line_start : comment.span.start].strip()
        if written.startswith("##") and (moved or not alone):
            return "#" + written.lstrip("#")
        return written

    def documentation(self, comments: Sequence[Comment], start: int) -> int:
        """How many of the last `comments` are the documentation of what begins at `start`."""
        count = 0
        for comment in reversed(comments):
            apart = self._text.count("\n", comment.span.end, start) != 1
            if apart or not self.own_line(comment).startswith("##"):
                break
            start, count = comment.span.start, count + 1
        return count

    def written(self, start: int, end: int) -> str:
        """What stands between two places; empty where the source is not known."""
        return self._text[start:end]

    def gap(self, start: int, end: int) -> int:
        """How many empty lines stand between two places."""
        return max(0, self._text.count("\n", start, end) - 1)

    def breaks(self, start: int, end: int) -> bool:
        """Whether a line ends between two places."""
        return "\n" in self._text[start:end]

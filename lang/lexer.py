"""From text to tokens: names, numbers, texts with their interpolations, and the newlines that count.

The scanner keeps a stack of the brackets that are open. It decides with it what the grammar cannot: whether a newline
ends a statement, whether `{` opens a block or a dict, and whether a word such as `step` is a keyword here (§1 of the
language reference). It never raises: what is wrong goes into `problems`, and missing closers are put in.
"""

from __future__ import annotations

import unicodedata

from .brackets import MOST_OPEN, Frame
from .lexer_output import Output
from .source import Source, Span
from .tokens import (
    CONTINUES_AFTER,
    FOLLOWED_BY_COLON,
    FOLLOWED_BY_DEFINITION,
    FOLLOWED_BY_EQUALS,
    FOLLOWED_BY_NAME,
    FOLLOWED_BY_TEXT,
    FORMAT,
    KEYWORDS,
    PLAIN_TEXT,
    RAW_TEXT,
    SCAN,
    SOFT_KEYWORDS,
    STATEMENT_KEYWORDS,
    TEXT_RUN,
    TOO_DEEP,
    TOO_DEEP_HINT,
    VALUE_ENDS,
    Token,
    name_end,
)


class Lexer(Output):
    """One pass over a source. Call `run`, then read `tokens`, `comments`, `problems` and `unfinished`."""

    def run(self) -> Lexer:
        """Scan everything."""
        text = self.text
        size = len(text)
        match = SCAN.match
        handlers = {
            "newline": self._line_end,
            "word": self._word,
            "comment": self._comment,
            "quote": self._quote,
            "open": self._open,
            "close": self._close,
            "operator": self._operator,
            "other": self._unknown,
            "number": self._number,
        }
        while self.at < size:
            if self.brackets.top.kind == "text":
                self._text_run()
                continue
            found = match(text, self.at)
            assert found is not None, "the last alternative takes any character"  # noqa: S101 - a fact of the pattern
            group = found.lastgroup
            start, self.at = self.at, found.end()
            if group != "space":
                handlers[group or "other"](start, self.at)
        self._finish()
        return self

    # --- One kind of token each -----------------------------------------------------------------------------

    def _line_end(self, start: int, _end: int) -> None:
        if self.single_line_texts:
            self._unclosed_text(start)
        self.newline = True

    def _comment(self, start: int, end: int) -> None:
        if self.text.startswith("/*", start):
            self.problem(
                "PL0114", "Comments begin with `#`, not with `/*`.", start, start + 2, "Put `#` before each line."
            )
        else:
            self.comments.append(Span(start, end))

    def _number(self, start: int, end: int) -> None:
        self.put("NUMBER", start, end)

    def _word(self, start: int, end: int) -> None:
        word = self.text[start:end]
        if not word.isascii() or not self.text[end : end + 1].isascii():
            name = name_end(self.text, start, end)
            if name == start:
                self._unknown(start, end)
                return
            self.at = end = name
            word = self.text[start:end]
        if word in KEYWORDS:
            self._keyword(word, start, end)
        elif word in SOFT_KEYWORDS and self._is_soft_keyword(word, end):
            self.put(word, start, end)
        else:
            self.put("NAME", start, end)

    def _keyword(self, word: str, start: int, end: int) -> None:
        if self._is_name_here(end):
            self.put("NAME", start, end)
            return
        top = self.brackets.top
        if self.newline and top.kind in {"(", "[", "{"} and self._starts_statement(word, end):
            self.brackets.close_before_statement(start)
            top = self.brackets.top
        if word == "else":
            self.statement_else = top.thens == 0
        self.put(word, start, end)
        if word == "then":
            top.thens += 1
        elif word == "else" and top.thens:
            top.thens -= 1

    def _starts_statement(self, word: str, end: int) -> bool:
        return word in STATEMENT_KEYWORDS or (word == "fn" and bool(FOLLOWED_BY_DEFINITION.match(self.text, end)))

    def _is_name_here(self, end: int) -> bool:
        """Whether a keyword that ends at `end` is a field, a key or the name of an argument."""
        if self.last == ".":
            return True
        kind = self.brackets.top.kind
        if kind == "{" and self.last in {"{", ","}:
            return bool(FOLLOWED_BY_COLON.match(self.text, end))
        return kind == "(" and self.last in {"(", ","} and bool(FOLLOWED_BY_EQUALS.match(self.text, end))

    def _is_soft_keyword(self, word: str, end: int) -> bool:
        top = self.brackets.top
        if top.kind == "match":
            return word == "case" and self.last in {"BLOCK_OPEN", "BLOCK_CLOSE", "NEWLINE"}
        if top.kind in {"(", "[", "{"} and self.newline and word in {"task", "type"}:
            if not FOLLOWED_BY_DEFINITION.match(self.text, end):
                return False
            self.brackets.close_before_statement(end)
            return True
        if top.kind not in {"block", ""} or self.last == ".":
            return False
        if self.last not in {"", "NEWLINE", "BLOCK_OPEN"} and (not self.newline or self.last in CONTINUES_AFTER):
            return False
        if word in {"step", "test"}:
            return bool(FOLLOWED_BY_TEXT.match(self.text, end))
        return word != "case" and bool(FOLLOWED_BY_NAME.match(self.text, end))

    def _operator(self, start: int, end: int) -> None:
        kind = self.text[start:end]
        if kind == ":" and self.brackets.top.kind == "interpolation":
            found = FORMAT.match(self.text, start)
            self.at = end = found.end() if found else end
            self.put("FORMAT", start, end)
        elif kind == "//" and (self.newline or self.last not in VALUE_ENDS):
            line_end = self.text.find("\n", start)
            self.at = line_end if line_end >= 0 else len(self.text)
            self.problem("PL0114", "Comments begin with `#`, not with `//`.", start, end, "Write `#`.")
        elif kind == ";":
            if self.last in {"", "NEWLINE", "BLOCK_OPEN"}:
                self.problem("PL0115", "There is no statement before this `;`.", start, end, "Take the `;` away.")
            else:
                self.newline = False
                self.put("NEWLINE", start, end)
        else:
            self.put(kind, start, end)

    def _unknown(self, start: int, end: int) -> None:
        last = self.problems[-1] if self.problems else None
        if last is not None and last.code == "PL0107" and "\n" not in self.text[last.span.end : start]:
            return  # one finding for each line is enough
        shown = self.text[start:end]
        quotes = unicodedata.category(shown[0]) in {"Pi", "Pf"} or shown[0] in "„‟"
        hint = 'Texts stand in straight quotes: "…".' if quotes else "Delete it."
        name = f"`{shown[:20]}`" if shown.isprintable() else f"the invisible character U+{ord(shown[0]):04X}"
        self.problem("PL0107", f"The language has no use for {name}.", start, end, hint)

    # --- Brackets -------------------------------------------------------------------------------------------

    def _open(self, start: int, end: int) -> None:
        if len(self.brackets.frames) > MOST_OPEN:
            self._give_up(start, end)
            return
        mark = self.text[start]
        if mark != "{":
            self.put(mark, start, end)
            self.brackets.push(Frame(mark, len(self.tokens) - 1, start))
            return
        last = self.last if not self.newline or self.last in CONTINUES_AFTER else "NEWLINE"
        if self.newline and self.brackets.top.kind not in {"block", ""}:
            last = self.last
        if last in VALUE_ENDS or last in {"try", "catch"} or (last == "else" and self.statement_else):
            head = self.brackets.top.head
            self.put("BLOCK_OPEN", start, end)
            self.brackets.push(Frame("match" if head == "match" else "block", len(self.tokens) - 1, start))
            if head == "match":
                self.brackets.below.head = ""
        else:
            self.put("{", start, end)
            self.brackets.push(Frame("{", len(self.tokens) - 1, start))

    def _give_up(self, start: int, end: int) -> None:
        """Read no further, and forget what was read: what nests like this could be as long as the file."""
        self.problem("PL0112", TOO_DEEP, start, end, TOO_DEEP_HINT)
        self.tokens.clear()
        self.brackets.forget()
        self.single_line_texts = self.outermost_text = 0
        self.last = ""
        self.at = len(self.text)

    def _close(self, start: int, end: int) -> None:
        frame = self.brackets.close(self.text[start], start, end)
        if frame is None:
            return
        if frame.kind == "interpolation":
            self.newline = False
            self.put("INTERPOLATION_CLOSE", start, end)
        else:
            self.put_closer(frame, start, end)

    # --- Texts ----------------------------------------------------------------------------------------------

    def _quote(self, start: int, end: int) -> None:
        quote = self.text[start:end]
        whole = (RAW_TEXT if quote[0] == "'" else PLAIN_TEXT)[quote].match(self.text, start)
        one_line = self.single_line_texts > 0
        if whole is not None and not (one_line and "\n" in whole[0]):
            self.at = whole.end()
            self.put("TEXT", start, self.at)
        elif quote[0] == "'" or (len(quote) == 3 and one_line):
            self._unclosed_raw_text(quote, start)
        else:
            self.put("TEXT_OPEN", start, end)
            self.brackets.push(Frame("text", len(self.tokens) - 1, start, quote))
            if len(quote) == 1:
                self.outermost_text = self.outermost_text or len(self.brackets.frames) - 1
                self.single_line_texts += 1

    def _unclosed_raw_text(self, quote: str, start: int) -> None:
        line_end = self.text.find("\n", start)
        end = line_end if line_end >= 0 else len(self.text)
        if len(quote) == 3:
            end = len(self.text) if not self.single_line_texts else end
            self.unfinished = True
        self.at = end
        self._put_text_error(quote, start, end)

    def _text_run(self) -> None:
        """Inside a text: take what stands up to the next interpolation, the end of the text, or what should be it."""
        frame = self.brackets.top
        start = self.at
        run = TEXT_RUN[frame.quote].match(self.text, start)
        if run is not None:
            self.at = run.end()
            self.put("TEXT_PART", start, self.at)
        if self.text.startswith("{", self.at):
            self.put("INTERPOLATION_OPEN", self.at, self.at + 1)
            self.brackets.push(Frame("interpolation", len(self.tokens) - 1, self.at))
            self.at += 1
        elif self.text.startswith(frame.quote, self.at):
            self.brackets.pop()
            if len(frame.quote) == 1:
                self.single_line_texts -= 1
                self.outermost_text = self.outermost_text if self.single_line_texts else 0
            self.put("TEXT_CLOSE", self.at, self.at + len(frame.quote))
            self.at += len(frame.quote)
        else:
            line_end = self.text.find("\n", self.at)
            self.at = line_end if line_end >= 0 and len(frame.quote) == 1 else len(self.text)
            self._unclosed_text(self.at)

    def _unclosed_text(self, end: int) -> None:
        """A text is still open where its line ends: report the outermost one and replace its tokens by one."""
        frame = self.brackets.drop_text(self.outermost_text)
        self.single_line_texts = self.outermost_text = 0
        del self.tokens[frame.token :]
        self.last = self.tokens[-1].kind if self.tokens else ""
        self.unfinished = self.unfinished or len(frame.quote) == 3
        self._put_text_error(frame.quote, frame.start, end)

    def _put_text_error(self, quote: str, start: int, end: int) -> None:
        where = "before its line ends" if len(quote) == 1 else "anywhere after this"
        hint = f"Write {quote} where the text ends."
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        if "//" in line:
            hint = "A comment begins with `#`, not with `//`."
        elif quote == '"':
            hint += ' Text over several lines stands between """ and """; a brace in a text is written \\{.'
        self.problem("PL0104", f"This text is not closed {where}.", start, start + len(quote), hint)
        self.put("TEXT_ERROR", start, end)
        self.brackets.close_line(start)

    # --- The end --------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        while any(frame.kind == "text" for frame in self.brackets.frames):
            self._unclosed_text(len(self.text))
        self.newline = False
        self.unfinished = self.unfinished or len(self.brackets.frames) > 1
        self.brackets.close_at_end(len(self.text))
        if self.last == "NEWLINE":
            self.tokens.pop()


def tokens(source: Source) -> list[Token]:
    """The tokens of `source`, in order. Never raises; what is wrong with the text is found by `parser.parse`."""
    return Lexer(source).run().tokens

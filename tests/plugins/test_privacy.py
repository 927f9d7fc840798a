"""Personal data: found where it stands, masked so that it is gone, and never sent anywhere."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from planlang.plugins import Context, Failure, Item
from planlang.plugins.loader import Plugins, load
from planlang.plugins.privacy import digests
from planlang.plugins.privacy.spans import Span, apart, masked
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run
from planlang.runtime.values import from_python, to_python

pytestmark = pytest.mark.models
pytest.importorskip("presidio_analyzer")

from planlang.plugins.privacy.pii_finder import PiiFinder  # noqa: E402 - needs Presidio

LETTER = """Dear Ms Schmidt,

my name is Peter van der Berg, born on 12 May 1984, and I live at 221B Baker Street, London NW1 6XE.
You can reach me at peter.berg@intranet.local or +44 20 7946 0958, or phone 555-0199. Please pay the refund to
DE89 3704 0044 0532 0130 00, and not to my card 4111 1111 1111 1111 or 2221 0000 0000 0009. My SSN is 123-45-6789,
my passport number is C01X00T47, my account number is 12345678. The server 192.168.17.4 told
https://www.example.org/a?b=1 all. Anna Schmidt from Berlin knows. Peter called on 03/04/2021.

Kind regards,
Peter van der Berg
"""
IN_IT = {
    "person": ["Schmidt", "Peter van der Berg", "Anna Schmidt", "Peter", "Peter van der Berg"],
    "place": ["London", "Berlin"],
    "address": ["221B Baker Street", "NW1 6XE"],
    "date": ["12 May 1984", "03/04/2021"],
    "email": ["peter.berg@intranet.local"],
    "phone": ["+44 20 7946 0958", "555-0199"],
    "card": ["4111 1111 1111 1111", "2221 0000 0000 0009"],
    "iban": ["DE89 3704 0044 0532 0130 00"],
    "account": ["12345678"],
    "url": ["https://www.example.org/a?b=1"],
    "ip": ["192.168.17.4"],
    "ssn": ["123-45-6789"],
    "id": ["C01X00T47"],
}


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def call(plugins: Plugins) -> Callable[..., Any]:
    """Calls a function of the plugin with Python data."""
    run = Run()

    def call(name: str, *args: Any, **named: Any) -> Any:
        given = {key: from_python(value) for key, value in named.items()}
        return to_python(plugins.bind_name("privacy", name, run)(*map(from_python, args), **given))

    return call


@pytest.fixture(scope="module")
def finder() -> PiiFinder:
    return made()


def made() -> PiiFinder:
    finder = PiiFinder()
    finder.load(Context("en_core_web_sm", cache_folder()))
    return finder


def items(*texts: str, kinds: Any = None, language: str = "en") -> list[Item]:
    return [Item("mask", {"text": text, "kinds": kinds, "language": language}) for text in texts]


@pytest.mark.parametrize("kind", IN_IT)
def test_each_kind_is_found_in_a_letter(call, kind) -> None:
    """All of the kind and nothing else, where it stands."""
    found = [finding for finding in call("find_pii", LETTER) if finding["kind"] == kind]
    assert IN_IT[kind] == [finding["text"] for finding in found]
    assert all(LETTER[f["start"] :].startswith(f["text"]) and 0.4 <= f["score"] <= 1 for f in found)


def test_a_masked_letter_holds_none_of_it(call) -> None:
    """Equal ones have one number; the rest of the letter stays as it is; masking again changes nothing."""
    text = call("mask", LETTER)
    assert not [value for values in IN_IT.values() for value in values if value in text]
    assert text.startswith("Dear Ms <PERSON_1>,\n\nmy name is <PERSON_2>, born on <DATE_1>")
    assert "<PERSON_1> from <PLACE_2> knows. <PERSON_2> called on <DATE_2>." in text
    assert text.endswith("Kind regards,\n<PERSON_2>\n")
    assert text == call("mask", text)


@pytest.mark.parametrize("text", ["Dear Ms Schmidt, hello.", "I told Dr. Schmidt so.", "pay him.\nMs Schmidt knows."])
def test_titles_stay(call, text) -> None:
    """They are no part of a name, whoever found it."""
    assert text.replace("Schmidt", "<PERSON_1>") == call("mask", text)


def test_only_the_kinds_that_are_asked_for(call) -> None:
    """Organizations are masked on demand alone."""
    text = "Write to anna@example.org, or call +44 20 7946 0958."
    assert "Write to <EMAIL_1>, or call +44 20 7946 0958." == call("mask", text, kinds=["email"])
    assert text == call("mask", text, kinds=[])
    story = "She works for Microsoft Corporation now."
    assert story == call("mask", story)
    assert "She works for <ORGANIZATION_1> now." == call("mask", story, kinds=["organization"])


@pytest.mark.parametrize(
    "text",
    [
        "My card is 4111 1111 1111 1112.",
        "Pay to DE00 3704 0044 0532 0130 00 please.",
        "It weighs 123456789 grams and has 25 parts.",
        "Version 3.11.7 of it came out.",
    ],
)
def test_numbers_with_wrong_check_digits_or_of_other_things_stay(call, text) -> None:
    """What only looks like it is left alone."""
    assert text == call("mask", text, kinds=["card", "iban", "ssn", "id", "account", "ip"])


def test_texts_in_other_languages_have_their_numbers_masked(call) -> None:
    """Names need a model of the language, and it is said which kinds do not."""
    text = "Schreiben Sie an max@example.de, IBAN DE89370400440532013000, am 3. Mai 2020."
    kinds = ["email", "iban", "date"]
    assert "Schreiben Sie an <EMAIL_1>, IBAN <IBAN_1>, am <DATE_1>." == call("mask", text, kinds=kinds, language="de")
    with pytest.raises(PlanError, match="finds names in texts in `en`, and not in `de`") as caught:
        call("mask", text, language="de")
    assert '"iban"' in caught.value.hint
    with pytest.raises(PlanError, match="there is no language `xx-none`"):
        call("mask", text, kinds=kinds, language="xx-none")


def test_a_pipeline_that_is_not_there_is_told(call) -> None:
    """With what to do."""
    with pytest.raises(PlanError, match="there is no spaCy pipeline `xx_none`") as caught:
        call("mask", "Anna", model="xx_none")
    assert caught.value.hint


def test_nothing_is_sent_anywhere(monkeypatch) -> None:
    """From loading to the last mask no connection is tried and no name looked up."""
    tried: list[Any] = []

    def forbidden(*where: Any, **_: Any) -> None:
        tried.append(where)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    assert "<EMAIL_1>" in made().mask(items(LETTER))[0]
    assert [] == tried


def test_masks_are_the_same_alone_and_in_a_batch(finder) -> None:
    """No text changes what is found in another; one wrong item does not fail its neighbours."""
    texts = [LETTER, "", "Call Tom Hanks.", LETTER * 4, "a@b.de " * 50, "Nothing here."]
    batch = items(*texts)
    together = finder.mask(batch)
    assert together == [finder.mask([item])[0] for item in batch]
    wrong, fine = finder.mask([*items("x", language="fr"), *items("Call Tom Hanks.")])
    assert isinstance(wrong, Failure)
    assert "Call <PERSON_1>." == fine


@pytest.mark.parametrize("place", [3_690, 3_990, 4_000, 4_010, 4_290, 7_999, 12_001])
def test_long_texts_are_read_to_their_end(finder, place) -> None:
    """What lies where two parts of a text meet is found like anything else."""
    filler = ("nothing of note was said or done " * 500)[:place]
    (found,) = finder.find(
        items(f"{filler} DE89 3704 0044 0532 0130 00, jane.doe@example.com and so on", kinds=["iban", "email"])
    )
    assert [("iban", place + 1), ("email", place + 30)] == [(f["kind"], f["start"]) for f in found]


@pytest.mark.parametrize(
    "text",
    ["", " ", "🙂", "\x00", "1" * 9_000, "a." * 4_000, "a@" * 3_000, "1 " * 4_500, "Anna " * 2_000, "<PERSON_7>"],
)
def test_any_text_can_be_masked(finder, text) -> None:
    """Odd and hostile texts are answered."""
    assert isinstance(finder.mask(items(text))[0], str)


def test_spans_that_overlap_cover_all_that_each_covered() -> None:
    """The surer first, then the longer; the rest of another stays a finding of its own."""
    text = "Anna Lee 4111111111111111 Bern"
    spans = [
        Span(0, 25, "person", 0.85),
        Span(9, 25, "card", 1.0),
        Span(5, 8, "place", 0.85),
        Span(26, 30, "place", 0.8),
    ]
    found = apart(spans, text)
    assert ["Anna Lee", "4111111111111111", "Bern"] == [text[span.start : span.end] for span in found]
    assert "<PERSON_1> <CARD_1> <PLACE_1>" == masked(text, found)


def test_numbers_go_on_behind_those_of_masks_that_stand_there(call) -> None:
    """A text that is half masked already keeps its masks apart from new ones."""
    text = call("mask", "<EMAIL_2> and <EMAIL_1> wrote to new@example.org.")
    assert "<EMAIL_2> and <EMAIL_1> wrote to <EMAIL_3>." == text


def test_versions_identify_what_masks() -> None:
    """The cache's answers end with another version of the recognisers or of this plugin."""
    assert re.fullmatch(
        r"en_core_web_sm\w* [\d.]+, presidio-analyzer .*, privacy [0-9a-f]{8}", digests.digest("en_core_web_sm", {})
    )

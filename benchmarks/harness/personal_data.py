"""Texts with personal data whose places are known: templates filled with made-up values that are valid.

Names, towns and streets come from lists, numbers are drawn and given right check digits. The templates of `TUNING` were
looked at while recognisers were written, those of `TESTING` were not.
"""

# ruff: noqa: SIM905, E501 - lists of words, and letters as they are

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

FIRST = """Anna Peter Maria John Fatima Chen Olga Ahmed Priya Lars Ingrid Carlos Sofia Kwame Aisha Yuki Pierre Claire Hans
Greta Dmitri Svetlana Luigi Chiara Mehmet Elif Sean Niamh Thabo Zanele Rahul Deepa Mateo Lucia Jamal Keisha Wei Mei
Emily Jack Oliver Amelia Noah Charlotte Ethan Grace Tomasz Agnieszka Joao Beatriz""".split()
LAST = """Schmidt Müller Johnson Smith Garcia Martinez Nguyen Kim Patel Singh Ivanov Petrova Rossi Bianchi Yilmaz Demir
O'Brien Murphy Okafor Mensah Nkosi Dlamini Tanaka Suzuki Dubois Lefebvre Andersson Nielsen Kowalski Nowak Silva Santos
Hernandez Lopez Williams Brown Taylor Wilson Evans Clarke Cohen Levy Haddad Khan Ali Zhang Liu Novak""".split()
TOWNS = """London Berlin Paris Madrid Chicago Boston Toronto Sydney Mumbai Nairobi Lagos Vienna Zurich Warsaw Lisbon
Dublin Manchester Seattle Denver Houston Melbourne Leeds Hamburg Lyon Seville Naples Krakow Bristol Atlanta
Portland""".split()
STREETS = "Oak Maple Church Station Park High Victoria King Mill Queen Chestnut Elm Lincoln Washington Garden".split()
MONTHS = "January February March April May June July August September October November December".split()
WORDS = "alpha nova river stone cloud north blue green harbor summit".split()


class Labelled(NamedTuple):
    """A text, and the places of what is personal in it: kind, start, end."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def labelled(templates: list[str], count: int, seed: int) -> Iterator[Labelled]:
    """`count` texts of `templates`, each with values of its own."""
    chance = Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        yield _fill(templates[number % len(templates)], chance)


def _fill(template: str, chance: Random) -> Labelled:
    text, start, spans = "", 0, list[tuple[str, int, int]]()
    for match in re.finditer(r"\{(\w+)\}", template):
        value = VALUES[match[1]](chance)
        text += template[start : match.start()]
        if match[1] in KINDS:
            spans.append((KINDS[match[1]], len(text), len(text) + len(value)))
        text += value
        start = match.end()
    return Labelled(text + template[start:], tuple(spans))


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def person(chance: Random) -> str:
    """A first and a last name."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def email(chance: Random) -> str:
    """An address in one of the usual forms."""
    first, last = chance.choice(FIRST).lower(), re.sub(r"[^a-z]", "", chance.choice(LAST).lower())
    name = chance.choice(
        [f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}{chance.randint(1, 99)}", f"{last}+tag"]
    )
    ending = chance.choice(["com", "org", "co.uk", "de", "io", "museum", "local"])
    return f"{name}@{chance.choice(WORDS)}{chance.choice(['', '-mail'])}.{ending}"


def phone(chance: Random) -> str:
    """A number that is possible in its country, written in one of the usual ways."""

    def digits(count: int) -> str:
        return "".join(str(chance.randint(0, 9)) for _ in range(count))

    area = chance.choice(["212", "312", "415", "617", "713", "206"])
    us = f"{area} 5{chance.randint(10, 99)} {digits(4)}".split()
    return chance.choice([
        "({}) {}-{}".format(*us), "{}-{}-{}".format(*us), "+1 {} {} {}".format(*us), "{}.{}.{}".format(*us),
        f"+44 20 7{digits(3)} {digits(4)}", f"020 7{digits(3)} {digits(4)}", f"07700 9{digits(5)}",
        f"+49 30 {chance.randint(2, 8)}{digits(6)}", f"+33 1 4{digits(1)} {digits(2)} {digits(2)} {digits(2)}",
        f"+91 98{digits(3)} {digits(5)}",
    ])  # fmt: skip


def card(chance: Random) -> str:
    """A card number with its check digit (Luhn), in groups or not."""
    head, length = chance.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15)]
    )
    body = head + "".join(str(chance.randint(0, 9)) for _ in range(length - 1 - len(head)))
    summed = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    number = body + str(-summed % 10)
    cuts = [4, 10] if length == 15 else [4, 8, 12]
    groups = [number[a:b] for a, b in zip([0, *cuts], [*cuts, length], strict=True)]
    return chance.choice(["", " ", "-"]).join(groups)


def iban(chance: Random) -> str:
    """An account number with its check digits (ISO 13616), in groups of four or not."""
    land, form = chance.choice(
        [("DE", "18n"), ("GB", "4a14n"), ("FR", "23n"), ("ES", "20n"), ("NL", "4a10n"), ("CH", "17n")]
    )
    account = "".join(
        "".join(
            str(chance.randint(0, 9)) if kind == "n" else chance.choice("ABCDEFGHKLMNPRST") for _ in range(int(count))
        )
        for count, kind in re.findall(r"(\d+)([an])", form)
    )
    check = 98 - int("".join(str(int(c, 36)) for c in f"{account}{land}00")) % 97
    number = f"{land}{check:02}{account}"
    return chance.choice([number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))])


def date(chance: Random) -> str:
    """A day in one of the usual forms."""
    year, month, day = chance.randint(1940, 2025), chance.randint(1, 12), chance.randint(1, 28)
    name = MONTHS[month - 1]
    return chance.choice([f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}",
                          f"{day:02}/{month:02}/{year}", f"{day:02}.{month:02}.{year}", f"{day}th of {name} {year}",
                          f"{day} {name[:3]} {year}"])  # fmt: skip


def address(chance: Random) -> str:
    """A street with a number, as in the United States, Britain or Germany."""
    number, street = chance.randint(1, 999), chance.choice(STREETS)
    return chance.choice([
        f"{number} {street} {chance.choice(['Street', 'Avenue', 'Road', 'Lane', 'Drive'])}",
        f"{number} {street} {chance.choice(['St.', 'Ave', 'Rd', 'Blvd'])}, Apt {chance.randint(1, 40)}",
        f"{chance.choice(['Goethe', 'Haupt', 'Bahnhof', 'Linden'])}{chance.choice(['straße', 'str.', 'weg', 'allee'])} {number}",
    ])  # fmt: skip


def ssn(chance: Random) -> str:
    """A number of US social security that may have been given out."""
    return f"{chance.randint(100, 665)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


def ip(chance: Random) -> str:
    """An address of the internet, of either version."""
    four = ".".join(str(chance.randint(1, 254)) for _ in range(4))
    six = ":".join(f"{chance.randint(1, 65535):x}" for _ in range(8))
    return chance.choice([four, four, six])


def url(chance: Random) -> str:
    """A page of somebody."""
    host = f"{chance.choice(WORDS)}{chance.randint(1, 99)}.{chance.choice(['com', 'org', 'net', 'io'])}"
    name = chance.choice(LAST).lower().replace("'", "")
    return chance.choice(
        [f"https://{host}/users/{name}", f"http://www.{host}/~{name}?id=7", f"www.{host}", f"{host}/{name}"]
    )


def passport(chance: Random) -> str:
    """The number of a passport."""
    return chance.choice("CXKL") + str(chance.randint(10_000_000, 99_999_999))


VALUES: dict[str, Callable[[Random], str]] = {
    "person": person, "first": lambda chance: chance.choice(FIRST), "last": lambda chance: chance.choice(LAST),
    "town": lambda chance: chance.choice(TOWNS), "email": email, "phone": phone, "card": card, "iban": iban, "date": date,
    "address": address, "ssn": ssn, "ip": ip, "url": url, "passport": passport,
    "order": lambda chance: f"{chance.randint(100_000, 999_999)}", "price": lambda chance: f"${chance.randint(5, 900)}.99",
    "count": lambda chance: str(chance.randint(2, 90)),
    "version": lambda chance: f"{chance.randint(1, 9)}.{chance.randint(0, 20)}.{chance.randint(0, 9)}",
}  # fmt: skip
KINDS = {"person": "person", "first": "person", "last": "person", "town": "place", "passport": "id"} | {
    kind: kind for kind in ("email", "phone", "card", "iban", "date", "address", "ssn", "ip", "url")
}
"""The kind of each value that is personal; the others are there to be left alone."""

TUNING = [
    "Dear {person},\n\nthank you for your order {order} of {date}. We will ship it to {address}, {town}.\n\nKind regards,\n{person}",
    "Hi {first}, can you call me back on {phone}? It is about invoice {order}.",
    "Customer {person} ({email}) paid {price} with card {card}.",
    "Please transfer {price} to {iban}, account holder {person}.",
    "My name is {person}. I was born on {date} in {town} and my social security number is {ssn}.",
    "Login from {ip} for user {email} failed {count} times.",
    "{person} lives at {address} and works in {town}.",
    "Version {version} fixes {count} bugs; see {url} for details.",
    "Mr {last} asked whether his passport {passport} is still valid.",
    "Agent: May I have your phone number? Customer: Sure, it is {phone}, and my e-mail is {email}.",
    "The meeting with {person} and {person} in {town} takes place on {date}.",
    "Ticket {order}: {first} from {town} says the app crashes after {count} minutes.",
]
TESTING = [
    "Hello, this is {person}. I ordered {count} chairs on {date} but only got one. Reach me at {phone} or {email}.",
    "Refund of {price} for {person} goes to {iban}.",
    "Our driver could not find {address} in {town}. He called {phone} twice.",
    "{first} wrote: my old card {card} was stolen in {town}, please block it. The new one is {card}.",
    "Notes on the patient: {person}, born {date}, SSN {ssn}, insured since {date}.",
    "Yesterday {person} told {person} that the flat at {address} is free again.",
    "From: {email}\nTo: {email}\nSubject: order {order}\n\nDear Mrs {last},\nwe met on {date} in {town}.\nBest wishes\n{person}",
    "[{date}] connection from {ip} closed after {count} requests, profile {url}",
    "For the visa we need a copy of passport number {passport} and proof that {person} lives in {town}.",
    "I spoke to {first} in accounting; she said invoice {order} over {price} is still open.",
    "{person} moved from {town} to {town} after {count} years at the same company.",
    "If {first} does not answer, try {phone}, otherwise write to {address}.",
    "The blog of {person} is at {url}; version {version} of the theme looks better.",
    "signed, {person}\n{address}\n{town}\n{phone}",
    "Wire it to my IBAN {iban} before {date}, then mail the receipt to {email}. Thanks, {first}",
    "It took {count} days and {price} until part {order} arrived. Never again!",
]

"""The kinds of personal data, and what Presidio calls them. Light to import: the checker reads it."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "person", "place", "address", "organization", "date", "email", "phone", "card", "iban", "account", "url", "ip",
    "ssn", "id",
]  # fmt: skip

KINDS: tuple[Kind, ...] = get_args(Kind)
USUAL: frozenset[Kind] = frozenset(KINDS) - {"organization"}
"""What is looked for unless a plan says otherwise: organizations are no persons, and their names are often missed."""
NAMED: frozenset[Kind] = frozenset({"person", "place", "organization"})
"""What no pattern finds: it takes a model of the language."""

ENTITIES: dict[str, Kind] = {
    "PERSON": "person",
    "LOCATION": "place",
    "ORGANIZATION": "organization",
    "STREET_ADDRESS": "address",
    "UK_POSTCODE": "address",
    "DATE_TIME": "date",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_BANK_NUMBER": "account",
    "CRYPTO": "account",
    "URL": "url",
    "IP_ADDRESS": "ip",
    "MAC_ADDRESS": "ip",
    "US_SSN": "ssn",
    "US_ITIN": "id",
    "US_PASSPORT": "id",
    "US_DRIVER_LICENSE": "id",
    "UK_NHS": "id",
    "UK_NINO": "id",
    "ES_NIF": "id",
    "ES_NIE": "id",
    "IT_FISCAL_CODE": "id",
    "PL_PESEL": "id",
    "FI_PERSONAL_IDENTITY_CODE": "id",
}
"""The kind of each of Presidio's entities."""

LABELS: dict[str, str] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
}
"""Presidio's entity for each label of a spaCy pipeline; dates are found by patterns."""

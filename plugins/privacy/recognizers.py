"""Presidio's recognisers as this plugin has them: none that asks the network, and some where its own miss too much."""

# presidio_analyzer leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import regex
from presidio_analyzer import Pattern, PatternRecognizer
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    DateRecognizer,
    EmailRecognizer,
    EsNieRecognizer,
    EsNifRecognizer,
    FiPersonalIdentityCodeRecognizer,
    IbanRecognizer,
    IpRecognizer,
    ItFiscalCodeRecognizer,
    MacAddressRecognizer,
    NhsRecognizer,
    PhoneRecognizer,
    PlPeselRecognizer,
    SpacyRecognizer,
    UkNinoRecognizer,
    UrlRecognizer,
    UsBankRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsPassportRecognizer,
    UsSsnRecognizer,
)

_REGIONS = ("US", "GB", "IE", "AU", "DE", "FR", "ES", "IT", "NL", "CH", "AT", "IN")
"""Countries whose numbers are known without their prefix; +49 … is known for all."""
_CASED = regex.DOTALL | regex.MULTILINE
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)"
)
_STREET = (
    r"(?:Street|Str|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Place|Pl|Terrace|Way|"
    r"Close|Crescent|Gardens|Grove|Hill|Parkway|Pkwy|Highway|Hwy|Row|Mews|Quay|Broadway|Circle|Trail|Alley)"
)
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room)\.? ?\#?\w{1,5})?"
_NAME = r"\p{Lu}[\p{L}'’-]+"  # noqa: RUF001 - both apostrophes
_NOBODY = (
    r"(?!(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sirs?|Madam|Herr|Frau|All|Team|Everyone|Everybody|Customers?|Colleagues?|"
    r"Friends?|Support|There|Guys|Members?|Hiring|Editor)\b)"
)
"""Titles, and words of greetings that name nobody."""
_NAMES = rf"{_NOBODY}{_NAME}(?: (?:\p{{Lu}}\.|(?:van|von|de|der|den|la|le|da|di|del|bin|al|el|{_NAME})))*"


def recognizers(language: str) -> list[Any]:
    """All recognisers for texts in `language`; those by patterns know the words around numbers in English."""
    patterned = (
        _Card, CryptoRecognizer, _Email, EsNieRecognizer, EsNifRecognizer, FiPersonalIdentityCodeRecognizer,
        IbanRecognizer, IpRecognizer, ItFiscalCodeRecognizer, MacAddressRecognizer, NhsRecognizer, PlPeselRecognizer,
        UkNinoRecognizer, _Url, UsBankRecognizer, UsItinRecognizer, UsLicenseRecognizer, UsPassportRecognizer,
        UsSsnRecognizer, DateRecognizer,
    )  # fmt: skip
    own = [("DATE_TIME", _DATES), ("STREET_ADDRESS", _ADDRESSES), ("PHONE_NUMBER", _PHONES), ("US_SSN", _SSNS),
           ("US_PASSPORT", _PAPERS), ("US_BANK_NUMBER", _ACCOUNTS)]  # fmt: skip
    if language == "en":
        own.append(("PERSON", _SALUTATIONS))
    return [
        SpacyRecognizer(supported_language=language, supported_entities=["PERSON", "LOCATION", "ORGANIZATION"]),
        _Phone(supported_language=language, supported_regions=_REGIONS),
        *(kind(supported_language=language) for kind in patterned),
        *(
            PatternRecognizer(entity, f"own {entity}", language, patterns, global_regex_flags=_CASED)
            for entity, patterns in own
        ),
    ]


class _Phone(PhoneRecognizer):
    """Numbers of at least seven digits: shorter ones are those of orders and invoices, unless a word says otherwise."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
        found = super().analyze(text, entities, nlp_artifacts)
        return [each for each in found if sum(map(str.isdigit, text[each.start : each.end])) >= 7]


class _Email(EmailRecognizer):
    """An address is personal whatever it ends in: Presidio would ask the network for the list of public suffixes."""

    def validate_result(self, pattern_text: str) -> bool:  # noqa: ARG002 - the pattern is enough
        return True


class _Card(CreditCardRecognizer):
    """Numbers of 13 to 19 digits in any groups, Mastercard's that begin with 2 included; the check digit decides."""

    PATTERNS = [Pattern("card", r"(?<![\w-])(?:[2-6]\d{3}|1800|2131)(?:[ -]?\d){9,15}(?![\w-])", 0.3)]  # noqa: RUF012


class _Url(UrlRecognizer):
    """Whatever begins like one, and names that end like one; each place is tried once, which Presidio's are not."""

    PATTERNS = [  # noqa: RUF012 - as Presidio has it
        Pattern("with a scheme", r"(?i)\b(?:https?://|ftp://|www\.)[^\s<>\"']*[\p{L}\p{N}/_=-]", 0.6),
        Pattern("bare", r"(?i)(?<![\w.@-])" + UrlRecognizer.BASE_URL_REGEX + r"(?![\w@])", 0.5),
    ]


_DATES = [
    Pattern("day month", rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)? {_MONTH}\b\.?(?:,? \d{{4}}\b)?", 0.6),
    Pattern("month day", rf"\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?", 0.6),
    Pattern("month year", rf"\b{_MONTH},? (?:19|20)\d{{2}}\b", 0.5),
]
_GERMAN_STREET = r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ring)"
_FRENCH_STREET = r"(?:rue|avenue|boulevard|chemin|quai|impasse)(?: (?:de|du|des|la|le))*"
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|"
    r"W[AIVY])"
)
_ADDRESSES = [
    Pattern("number street", rf"\b\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?(?:{_NAME} ){{1,4}}{_STREET}\b\.?{_UNIT}", 0.7),
    Pattern("numbered street", rf"\b\d{{1,5}} (?:[NSEW]\.? )?\d{{1,3}}(?:st|nd|rd|th) {_STREET}\b\.?{_UNIT}", 0.7),
    Pattern("german", rf"\b\p{{Lu}}[\p{{L}}-]*{_GERMAN_STREET} \d{{1,4}} ?[a-z]?\b", 0.7),
    Pattern("french", rf"\b\d{{1,4}}(?: bis| ter)?,? {_FRENCH_STREET} (?:l'|d')?{_NAME}(?:[ -]{_NAME})*", 0.7),
    Pattern("box", r"\bP\.? ?O\.? Box \d{1,6}\b", 0.7),
    Pattern("state and zip", rf"\b{_STATE} \d{{5}}(?:-\d{{4}})?\b", 0.7),
    Pattern("postcode", r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b", 0.6),
    Pattern("code and town", rf"\b[1-9]\d{{4}} {_NAME}\b", 0.4),
]


def _after(words: str, number: str, score: float) -> list[Any]:
    """What stands behind one of `words`: "phone number is: …"."""
    between = r"\b\.?(?: (?:number|no\.?|us|me|him|her))?(?: is| at| on| under)?:? {0,2}\#?"
    return [Pattern("after a word", rf"(?i)(?<=\b(?:{words}){between}){number}\b", score)]


_PHONES = _after("tel|phone|telephone|mobile|cell|fax|call|ring|text|whatsapp", r"\+?[\d(][\d ()./-]{4,17}\d", 0.6)
_SSNS = _after("ssn|social security", r"\d{3}[- ]?\d{2}[- ]?\d{4}", 0.8)
_PAPERS = _after(
    "passport|driver'?s licen[cs]e|driving licen[cs]e|id card|identity card|licen[cs]e",
    r"(?=[\w-]*\d)[A-Z\d][A-Z\d-]{5,17}",
    0.6,
)
_ACCOUNTS = _after("account|acct|a/c", r"\d[\d -]{5,17}\d", 0.6)
_CLOSING = r"regards|wishes|sincerely|yours|cheers|faithfully|truly|thanks"
_SALUTATIONS = [
    Pattern("title", rf"(?<=\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herr|Frau)\.? ){_NAMES}", 0.8),
    Pattern("greeting", rf"(?<=\b(?:Dear|Hi|Hello|Hey) ){_NAMES}(?=[ ]*[,!:.\n])", 0.7),
    Pattern("closing", rf"(?<=\b(?i:{_CLOSING}),?[ ]*\n+[ ]*){_NAMES}", 0.7),
    Pattern(
        "role",
        rf"(?<=\b(?:(?:Customer|Client|Patient|Tenant|Passenger|Guest)|(?:Contact|Name|Signed|signed)[:,]?) ){_NAMES}",
        0.6,
    ),
    Pattern("own name", rf"(?<=\b(?i:my name is|my name's|signed by|i am called|called) ){_NAMES}", 0.7),
]

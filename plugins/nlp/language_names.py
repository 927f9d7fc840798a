"""Languages by name and by code: "French", "fr", "fra" and "fra_Latn" are one."""

from __future__ import annotations

import re
from typing import NamedTuple

_TABLE = """
af afr Afrikaans|am amh Amharic|ar ara Arabic|as asm Assamese|az azj Azerbaijani|be bel Belarusian|bg bul Bulgarian
bn ben Bengali|bs bos Bosnian|ca cat Catalan|ceb ceb Cebuano|cs ces Czech|cy cym Welsh|da dan Danish|de deu German
el ell Greek|en eng English|eo epo Esperanto|es spa Spanish|et est Estonian|eu eus Basque|fa pes Persian
fi fin Finnish|fr fra French|fy fry Frisian|ga gle Irish|gd gla Gaelic|gl glg Galician|gu guj Gujarati|ha hau Hausa
he heb Hebrew|hi hin Hindi|hr hrv Croatian|ht hat Haitian|hu hun Hungarian|hy hye Armenian|id ind Indonesian
ig ibo Igbo|is isl Icelandic|it ita Italian|ja jpn Japanese|jv jav Javanese|ka kat Georgian|kk kaz Kazakh
km khm Khmer|kn kan Kannada|ko kor Korean|ku kmr Kurdish|ky kir Kyrgyz|lb ltz Luxembourgish|lo lao Lao
lt lit Lithuanian|lv lvs Latvian|mg plt Malagasy|mk mkd Macedonian|ml mal Malayalam|mn khk Mongolian|mr mar Marathi
ms zsm Malay|mt mlt Maltese|my mya Burmese|nb nob Norwegian|ne npi Nepali|nl nld Dutch|oc oci Occitan|or ory Odia
pa pan Punjabi|pl pol Polish|ps pbt Pashto|pt por Portuguese|qu quy Quechua|ro ron Romanian|ru rus Russian
sd snd Sindhi|si sin Sinhala|sk slk Slovak|sl slv Slovenian|so som Somali|sq als Albanian|sr srp Serbian
su sun Sundanese|sv swe Swedish|sw swh Swahili|ta tam Tamil|te tel Telugu|tg tgk Tajik|th tha Thai|tk tuk Turkmen
tl tgl Tagalog|tr tur Turkish|ug uig Uyghur|uk ukr Ukrainian|ur urd Urdu|uz uzn Uzbek|vi vie Vietnamese
wo wol Wolof|xh xho Xhosa|yi ydd Yiddish|yo yor Yoruba|zh zho Chinese|zu zul Zulu
"""
"""ISO 639-1 and 639-3 (individual languages, as NLLB has them), and the English name."""
_OTHER = {"fas": "fa", "kur": "ku", "lav": "lv", "mlg": "mg", "mon": "mn", "msa": "ms", "nep": "ne", "nor": "nb",
          "no": "nb", "nn": "nb", "ori": "or", "pus": "ps", "que": "qu", "sqi": "sq", "swa": "sw", "uzb": "uz",
          "yid": "yi", "aze": "az", "cmn": "zh", "ger": "de", "fre": "fr", "dut": "nl", "gre": "el", "cze": "cs",
          "rum": "ro", "chi": "zh", "farsi": "fa", "filipino": "tl", "mandarin": "zh", "arb": "ar", "est_latn": "et",
          "ekk": "et", "iw": "he", "in": "id"}  # fmt: skip
"""Further codes and names, of macro-languages and older ones."""


class Language(NamedTuple):
    """A language: two letters of ISO 639-1 (three where it has none there), three of 639-3, its English name."""

    code: str
    code3: str
    name: str


def _read() -> dict[str, Language]:
    known: dict[str, Language] = {}
    for entry in _TABLE.replace("\n", "|").strip("|").split("|"):
        language = Language(*entry.split(" ", 2))
        known |= dict.fromkeys((language.code, language.code3, language.name.lower()), language)
    return known | {code: known[same] for code, same in _OTHER.items()}


_KNOWN = _read()


def language_of(text: str) -> Language | None:
    """The language that a name or a code of any model family means: "French", "fr", "fr_XX", "fra_Latn", "fr-CA".

    None for one that is not in the table.
    """
    plain = text.strip().lower()
    return _KNOWN.get(plain) or _KNOWN.get(re.split(r"[_-]", plain)[0])

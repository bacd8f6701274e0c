"""Names of months and days of the week in the languages that we read.

English, German, Turkish, Malay, Spanish, French, Italian, Dutch, Polish and Portuguese.
Source: Unicode CLDR, wide and abbreviated names.
"""

from __future__ import annotations

import re
import unicodedata

LETTER = r"[A-Za-z\u00c0-\u024f\u0307]"
"""A letter of those languages; U+0307 is the point that lower case leaves of a Turkish capital I."""

_MONTHS: tuple[str, ...] = (
    "january jan januar jänner ocak oca januari enero ene janvier janv gennaio gen styczeń stycznia sty janeiro",
    "february feb februar şubat şub februari febrero février févr fév febbraio luty lutego lut fevereiro fev",
    "march mar märz mrz maerz mart mac marzo mars maart mrt marzec marca março",
    "april apr nisan nis abril abr avril avr aprile kwiecień kwietnia kwi",
    "may mai mayıs mei mayo maggio mag maj maja maio",
    "june jun juni haziran haz junio juin giugno giu czerwiec czerwca cze junho",
    "july jul juli temmuz tem julai julio juillet juil luglio lug lipiec lipca lip julho",
    "august aug ağustos ağu ogos ogo agosto ago août augustus sierpień sierpnia sie",
    "september sep sept eylül eyl septiembre setiembre septembre settembre set wrzesień września wrz setembro",
    "october oct oktober okt ekim eki octubre octobre ottobre ott październik października paź outubro out",
    "november nov kasım kas noviembre novembre listopad listopada lis",
    (
        "december dec dezember dez aralık ara disember dis diciembre dic décembre déc dicembre grudzień grudnia gru "
        "dezembro"
    ),
)
"""Names of the twelve months."""

_WEEKDAYS: tuple[str, ...] = (
    "monday mon montag pazartesi pzt isnin isn lunes lun lundi",
    "tuesday tue tues dienstag salı selasa martes mardi mar",
    "wednesday wed mittwoch çarşamba rabu miércoles mié mercredi mer",
    "thursday thu thur thurs donnerstag perşembe khamis kha jueves jue jeudi jeu",
    "friday fri freitag cuma jumaat viernes vie vendredi ven",
    "saturday sat samstag cumartesi cmt sabtu sábado sáb samedi sam",
    "sunday sun sonntag pazar ahad domingo dom dimanche dim",
)
"""Names of the days of the week, from Monday; those of two letters are left out, being words of other kinds."""

_BEFORE = re.compile(rf"({LETTER}{{3,10}})[.,]{{0,2}} ?$")
_AFTER = re.compile(rf"[ ,(]{{0,2}}({LETTER}{{3,10}})(?!{LETTER})")
_REACH = 14


def bare(word: str) -> str:
    """Return a word in lower case and without accents."""
    folded = word.replace("ı", "i").replace("İ", "i").casefold().replace("ł", "l")
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


_MONTH_OF = {bare(name): number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_WEEKDAY_OF = {bare(name): number for number, names in enumerate(_WEEKDAYS) for name in names.split()}


def month_of(name: str) -> int | None:
    """Return the month of that name, 1 to 12; engines read an O as 0 and an l as 1."""
    return _MONTH_OF.get(bare(name).replace("0", "o").replace("1", "l"))


def weekday_of(text: str, start: int, end: int) -> int | None:
    """Return the day of the week that stands directly before or behind a piece of a text, Monday is 0."""
    before = _BEFORE.search(text[max(0, start - _REACH) : start])
    after = _AFTER.match(text[end : end + _REACH])
    for found in (before, after):
        if found is not None and (day := _WEEKDAY_OF.get(bare(found[1]))) is not None:
            return day
    return None

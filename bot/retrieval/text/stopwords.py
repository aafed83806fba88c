"""Words that ask or join and do not tell what a question is about.

They keep a small weight in ranking (a question may turn on one of them) and none in
deciding about silence. For English the list is ours, since the packaged one counts
words such as "act" and "system"; for other languages it is stopwordsiso's, and what that
lacks of the words that ask, which no document has and every question does.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import stopwordsiso

from bot.retrieval.text.analysis import normalise, words

_ENGLISH = """
a about above after again against all also although am an and any anybody anyone anything are
arent around as at away be became because become been before being below between both but by
came can cannot cant come could couldnt did didnt do does doesnt doing done dont down during
each either else ever every everyone everything exactly explain few for from further get gets
give given go goes going got had has hasnt have havent having he hed her here hers herself hes
him himself his how hows however i id if ill im in instead into is isnt it itd its itself ive
just kind know let lets like long lot lots made make makes many may maybe me mean means might
mine more most much must my myself name need neither never no nobody none nor not nothing now of
off often on once one only onto or other others ought our ours out over own per perhaps please
put quite rather really s same say says said shall she should show so some somebody someone
something sometimes sort still such t take tell than that thats the their theirs them themselves
then there theres these they theyre theyve thing things this those though through till to
together too toward towards under until up upon us use used using usually very via was wasnt
way we well went were werent what whatever whats when whenever where wheres whether which while
who whoever whom whos whose why whys will with within without wont would wouldnt yes yet you
youre your yours yourself according accordingly actually long far old often big happen happened
happens anyone there
"""

_OWN: dict[str, frozenset[str]] = {"en": frozenset(_ENGLISH.split())}


@cache
def _asking_words() -> dict[str, str]:
    file = resources.files("bot.retrieval.text") / "asking_words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def function_words(language: str) -> frozenset[str]:
    """The function words of a language (ISO 639-1), in normal form; empty if unknown."""
    if language in _OWN:
        return _OWN[language]
    packaged = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else ()
    known = (*packaged, *_asking_words().get(language, "").split())
    if language == "th":
        # Thai is searched by its trigrams: those of a word that asks, ask.
        return frozenset(piece.form for word in known for piece in words(word))
    return frozenset(normalise(word) for word in known)

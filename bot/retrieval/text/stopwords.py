"""Stopwords: words that ask or join and do not name the topic of a question.

They have a small weight in ranking, since a question may depend on one of them, and none in the
decision about silence. English has its own list here, since the packaged one counts words such
as "act" and "system" as stopwords. Other languages have the list of stopwordsiso and, from
`asking_words.toml`, the question words it lacks, which stand in questions and not in documents.
"""

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


@cache
def _asking_words() -> dict[str, str]:
    file = resources.files("bot.retrieval.text") / "asking_words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def stopwords(language: str) -> frozenset[str]:
    """The stopwords of a language (ISO 639-1), in normal form; empty if it is unknown."""
    if language == "en":
        return frozenset(_ENGLISH.split())
    packaged = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else ()
    listed = (*packaged, *_asking_words().get(language, "").split())
    if language == "th":
        # Thai is indexed by trigrams, so its stopwords are the trigrams of the listed words.
        return frozenset(trigram.form for word in listed for trigram in words(word))
    return frozenset(normalise(word) for word in listed)

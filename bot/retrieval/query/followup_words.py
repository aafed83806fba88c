"""Word lists, by language, that distinguish follow-ups from standalone questions.

All words are in the normal form of `bot.retrieval.text.analysis`, with accents.
"""

import regex

_F = regex.IGNORECASE | regex.VERSION1

LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "ru")
"""The languages in which follow-ups are recognised (ISO 639-1)."""

_BEFORE_OPENING = r"^[\s¿¡\"'“«(]*"
_OPENINGS = (
    r"and|but|what about|how about|und|aber|was ist (?:denn )?mit|wie (?:steht|sieht) es mit|"
    r"y|pero|qu[eé] (?:hay|pasa|pasó) (?:de|con)|et|mais|qu['’]en est-il (?:de|pour)|"
    r"che ne è di|и|а|но"
)
_BRIEF_OPENINGS = {"it": r"e|ed|ma", "pt": r"e|mas"}


def opening_end(text: str, language: str) -> int:
    """Where the opening of a follow-up ends in `text` ("and", "what about"); 0 without one."""
    fragments = "|".join(filter(None, (_OPENINGS, _BRIEF_OPENINGS.get(language))))
    match = regex.match(rf"{_BEFORE_OPENING}(?:{fragments})(?![\p{{L}}\p{{N}}'’-])", text, _F)
    return match.end() if match else 0


def _sets(**by_language: str) -> dict[str, frozenset[str]]:
    return {language: frozenset(forms.split()) for language, forms in by_language.items()}


QUESTION_WORDS = _sets(
    en="who what when where why which how whom whose",
    de="wer was wann wo warum wieso weshalb wie wieviel wieviele welche welcher welches welchen "
    "welchem wem wen wessen wohin woher",
    es="quién quien quiénes quienes qué que cuándo cuando dónde donde cómo como cuál cual cuáles "
    "cuánto cuántos cuántas cuantos cuantas porqué",
    fr="qui que quoi quand où ou pourquoi comment combien quel quelle quels quelles",
    it="chi cosa che quando dove perché perche come quale quali quanto quanti quante",
    pt="quem que quando onde como qual quais quanto quantos quantas porquê",
    ru="кто что когда где почему зачем как какой какая какие сколько куда откуда",
)

PERSONAL_PRONOUNS = _sets(
    en="he she they him her them his hers their theirs",
    de="er sie ihn ihm ihnen ihre ihrer ihren ihrem ihres sein seine seinen seinem seiner deren",
    es="él ella ellos ellas su sus les",
    fr="ils elle elles eux lui leur leurs il",
    it="lui lei loro essi esse egli suo sua suoi sue",
    pt="ele ela eles elas dele dela deles delas seu sua seus suas",
    ru="он она они оно их его её ее им ему ей ними",
)
"""Pronouns for something that was named in this question or in the one before."""

POINTING_WORDS = _sets(
    en="it its that this these those there then",
    de="es das dies diese dieser dieses diesen diesem dort damals daran darüber davon dafür",
    es="eso esto ese esa esos esas estos estas aquello aquel aquellos allí ahí entonces lo",
    fr="cela ça cette cet ces ceux celles là",
    it="ciò questo questa questi queste quello quella quelli quelle lì allora",
    pt="isso isto esse essa esses essas aquilo aquele lá ali então",
    ru="это эти этот эта этого этих этом там тогда",
)
"""Demonstratives and similar words: they refer to something earlier or to nothing ("it rains")."""

DETERMINERS = frozenset(
    "this these those diese dieser dieses diesen diesem ese esa esos esas estos estas cette cet "
    "ces questo questa questi queste esse essa esses essas эти этот эта этого этих".split()
)
"""Demonstratives that may belong to the word after them, as in "this agreement"."""

ADDRESS_PRONOUNS = _sets(
    en="i im me my mine you your yours youre we us our",
    de="ich mich mir mein meine du dich dir dein deine wir uns",
    es="yo me mi tú tu te usted ustedes nosotros",
    fr="je j me moi mon ma tu te toi vous votre nous",
    it="io mi mio tu ti tuo voi noi",
    pt="eu me meu tu te você vocês nós",
    ru="я мне меня ты тебя вы вас мы нас",
)
"""Pronouns of the first and second person: a question with one is no follow-up."""

_BE = frozenset("is are was were be been isnt arent wasnt werent".split())
EXPLETIVE_BESIDE = {"there": _BE}
"""Words that are expletive (stand for nothing) beside these: "there are"."""

EXPLETIVE_WITH = {
    "it": frozenset({"that"}),
    "es": frozenset("gibt gab geben gegeben dass".split()),
    "il": frozenset("y faut fallait".split()),
}
"""Pronouns that are expletive in a question that has one of these words: "is it true that"."""

POSSESSIVES = frozenset("its his her their sein seine ihre ihren su sus leur leurs suo sua".split())
"""Possessive words: the owner is the one that was named earlier in the question, if any."""

WHO = frozenset("who wer quién quien qui chi quem кто".split())
REPORTING_WORDS = frozenset(
    "say says said claim claims claimed think thinks thought sagt sagte dass que quils che что "
    "that".split()
)
"""Words after which a pronoun means the one asked for: "who said they would leave"."""

PLACE_PREPOSITIONS = frozenset(
    "in on at from since during im am aus seit en desde depuis dans à da dal em в из с".split()
)
"""Prepositions that open a bare place or time, as in "In July?"."""

PREPOSITIONS = PLACE_PREPOSITIONS | frozenset(
    "to of by for near about with nach von bei für mit a por para con de pour vers di per na no "
    "о на для".split()
)

MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "januar februar märz mai juni juli oktober dezember "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре".split()
)
AMBIGUOUS_MONTHS = frozenset("may march mar mars sep dec mai".split())
"""Months that are other words, too: they count only with a capital inside the sentence."""

WEEKDAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag "
    "freitag samstag sonntag lunes martes miércoles jueves viernes sábado domingo lundi mardi "
    "mercredi jeudi vendredi samedi dimanche".split()
)

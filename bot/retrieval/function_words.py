"""Words that ask or join and do not tell what a question is about.

They keep a small weight in ranking (a question may turn on one of them) and none in
deciding about silence. For English the list is ours, since the packaged one counts
words such as "act" and "system"; for other languages it is stopwordsiso's, and what that
lacks of the words that ask, which no document has and every question does.
"""

from __future__ import annotations

from functools import cache

import stopwordsiso

from bot.retrieval.analysis import normalise, words

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

_ASKING: dict[str, str] = {
    "ar": "لماذا متى أين كيف كم هل ماذا لم لما عندما أي أية أيهما من الذي التي الذين اللذان بماذا"
    " لمن ممن مم عم علام فيم إلام يوجد توجد يبلغ بلغ تبلغ بلغت كان كانت",
    "de": "welche welcher welches welchem welchen wieviel wieviele wie warum wieso weshalb weswegen"
    " wann wo wohin woher wodurch womit wofür woraus worin wozu wer wen wem wessen gibt gab heißt"
    " hieß",
    "el": "πώς πως πότε ποτε γιατί γιατι πόσο πόσος πόση πόσοι πόσες πόσα πόσων πόσους ποσο ποσα"
    " ποσοι ποσες πού που ποιος ποια ποιο ποιοι ποιες ποιον ποιαν ποιους ποιων ποιανού τι είναι"
    " ήταν έχει έχουν είχε είχαν ανά λόγω όταν ότι πρέπει μπορεί μπορώ μπορούμε υπάρχει υπάρχουν"
    " κάθε σε στη στην στο στον στα στις στους κατά εξαιτίας λέγεται λέγονται κάνει κάνουν έκανε"
    " έγινε γίνεται γίνονται ονομάζεται",
    "es": "cuánto cuánta cuántos cuántas cuándo dónde adónde cómo qué quién quiénes cuál cuáles por"
    " cuanto cuantos cuantas hay había hubo llama llamaba",
    "fr": "combien quand où comment pourquoi quel quelle quels quelles lequel laquelle qui que quoi"
    " questce quest estce estil estelle til telle peuton faut fautil ya yatil appelle",
    "hi": "क्या कैसे कैसा कैसी क्यों कितना कितने कितनी कब किसने किसे किसका किसकी किसके किस किससे"
    " किसमें किन किनकी कौन कौनसा कौनसी कहाँ कहां सा सी से जाता जाती जाते गया गयी गई गए होता होती"
    " होते हुआ हुई हुए चाहिए सकता सकती सकते कर करते करता करती था थी थे है हैं",
    "it": "quanto quanta quanti quante quando dove dovè come comè perché cosa cosè chi chè qual quale"
    " quali cè cera chiama chiamava",
    "ko": "누가 누구 누구인가요 누구의 언제 어디 어디서 어디에 어디에서 어떻게 왜 무엇 무엇이 무엇을 무엇인가요"
    " 뭐 뭐예요 얼마 얼마나 몇 어느 어떤 있나요 하나요 되나요 인가요 입니까 합니까 있습니까 했나요 됐나요",
    "nl": "hoeveel hoelang hoe waarom wanneer waar waarheen waarvan waardoor wie wat welke welk heet"
    " heette",
    "pl": "ile ilu kiedy gdzie skąd dokąd jak jaki jaka jakie jakim jakiej który która które którym"
    " której dlaczego czemu kto kogo komu kim co czego czym czy jest był była było były",
    "pt": "quanto quanta quantos quantas quando onde aonde como porque porquê qual quais quem que quê"
    " há havia houve chama chamava",
    "ro": "cât câtă câți câte când unde cum de ce cine cui care căror cărui există este era fost sunt"
    " trebuie numește numea",
    "ru": "сколько когда где куда откуда как какой какая какое какие каком какой каким какого какую"
    " каких почему зачем отчего кто кого кому кем что чего чему чем чей чья чьё чьи который которая"
    " которое которые котором ли называется назывался называлась",
    "sv": "hur många mycket när var vart varifrån varför vem vems vad vilken vilket vilka heter hette",
    "tr": "kaç kaçta kaçıncı ne neden niçin niye nasıl nerede nereden nereye neresi hangi hangisi kim"
    " kimin kime kimi kimler mi mı mu mü midir mıdır zaman nedir nelerdir kimdir kaçtır nasıldır"
    " olarak olan",
    "uk": "скільки коли де куди звідки як який яка яке які якому якій яким якого яких чому навіщо хто"
    " кого кому ким що чого чим чий чия чиє чиї котрий чи у в на не за з із до від по про для при"
    " над під між після перед через та і й а але або щоб це цей ця ці той таке така такий є був"
    " була було були його її їх він вона вони ми ви я ти можна треба називається",
    "vi": "bao nhiêu mấy đâu lâu sao gì nào ai khi hồi tại vì thế là có không phải được bị của ở"
    " trong ngoài từ đến với cho và những các một để do bởi theo ra vào lên xuống đã đang sẽ",
}
"""Words that ask, and what mostly stands beside them, where a packaged list is short of them."""

_THAI_ASKING = (
    "อะไร ใคร ที่ไหน ไหน เมื่อไร เมื่อไหร่ เมื่อใด อย่างไร ยังไง ทำไม เพราะเหตุใด เท่าไร เท่าไหร่ เท่าใด กี่"
    " ไหม หรือไม่ หรือเปล่า ใด คือ เป็น อยู่ มี ได้ ของ และ ที่ ใน จาก โดย ด้วย กับ ให้ แล้ว ถูก ต้อง"
)


@cache
def function_words(language: str) -> frozenset[str]:
    """The function words of a language (ISO 639-1), in normal form; empty if unknown."""
    if language in _OWN:
        return _OWN[language]
    packaged = stopwordsiso.stopwords(language) if stopwordsiso.has_lang(language) else ()
    found = (*packaged, *_ASKING.get(language, "").split())
    if language == "th":
        # Thai is searched by its trigrams: those of a word that asks, ask.
        asking = (*packaged, *_THAI_ASKING.split())
        return frozenset(piece.form for word in asking for piece in words(word))
    return frozenset(normalise(word) for word in found)

"""The words of a fragment: control characters in stored bytes, a language's words in an answer.

A fragment is one for all languages. Where a word belongs stands a control character that no
comment can contain (the sanitiser removes them); an answer puts its language's word there.
Names of icon buttons are not repeated per comment: `aria-labelledby` points at `BUTTONS`.
"""

from collections.abc import Mapping
from html import escape

REPLY, IN_REPLY, EDITED, REMOVED, MODERATOR, OWNER = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
DELETED_USER = "\x07"
TOKENS = (REPLY, IN_REPLY, EDITED, REMOVED, MODERATOR, OWNER, DELETED_USER)
BADGES = {"moderator": MODERATOR, "owner": OWNER}
BUTTONS = ("up", "down", "share", "menu", "collapse")

# language -> reply, in reply, edited, removed, moderator, owner | deleted user,
# up, down, share, menu, collapse
_WORDS = {
    "en": (
        "Reply|in reply|edited|This comment was removed.|Moderator|Owner"
        "|Deleted user|Vote up|Vote down|Share|More|Collapse"
    ),
    "de": (
        "Antworten|als Antwort|bearbeitet|Dieser Kommentar wurde entfernt.|Moderation|Inhaber"
        "|Gelöschtes Konto|Dafür stimmen|Dagegen stimmen|Teilen|Mehr|Einklappen"
    ),
    "fr": (
        "Répondre|en réponse|modifié|Ce commentaire a été retiré.|Modération|Propriétaire"
        "|Compte supprimé|Voter pour|Voter contre|Partager|Plus|Replier"
    ),
    "es": (
        "Responder|en respuesta|editado|Este comentario fue retirado.|Moderación|Propietario"
        "|Cuenta eliminada|Votar a favor|Votar en contra|Compartir|Más|Contraer"
    ),
    "pt": (
        "Responder|em resposta|editado|Este comentário foi removido.|Moderação|Proprietário"
        "|Conta removida|Votar a favor|Votar contra|Partilhar|Mais|Recolher"
    ),
    "it": (
        "Rispondi|in risposta|modificato|Questo commento è stato rimosso.|Moderazione|Proprietario"
        "|Account eliminato|Vota a favore|Vota contro|Condividi|Altro|Comprimi"
    ),
    "nl": (
        "Reageren|als antwoord|bewerkt|Deze reactie is verwijderd.|Moderator|Eigenaar"
        "|Verwijderd account|Stem voor|Stem tegen|Delen|Meer|Inklappen"
    ),
    "pl": (
        "Odpowiedz|w odpowiedzi|edytowano|Ten komentarz został usunięty.|Moderacja|Właściciel"
        "|Usunięte konto|Głosuj za|Głosuj przeciw|Udostępnij|Więcej|Zwiń"
    ),
    "ru": (
        "Ответить|в ответ|изменено|Этот комментарий удалён.|Модератор|Владелец"
        "|Удалённый пользователь|Голосовать за|Голосовать против|Поделиться|Ещё|Свернуть"
    ),
    "uk": (
        "Відповісти|у відповідь|змінено|Цей коментар видалено.|Модератор|Власник"
        "|Видалений користувач|Голосувати за|Голосувати проти|Поділитися|Більше|Згорнути"
    ),
    "tr": (
        "Yanıtla|yanıt olarak|düzenlendi|Bu yorum kaldırıldı.|Moderatör|Sahip"
        "|Silinmiş hesap|Olumlu oy ver|Olumsuz oy ver|Paylaş|Diğer|Daralt"
    ),
    "ar": (
        "رد|ردًا على|عُدّل|أُزيل هذا التعليق.|مشرف|المالك"
        "|مستخدم محذوف|تصويت مؤيد|تصويت معارض|مشاركة|المزيد|طي"
    ),
    "he": (
        "תגובה|בתגובה|נערך|התגובה הזו הוסרה.|מנחה|בעלים"
        "|משתמש שנמחק|הצבעה בעד|הצבעה נגד|שיתוף|עוד|כיווץ"
    ),
    "fa": (
        "پاسخ|در پاسخ|ویرایش‌شده|این دیدگاه حذف شده است.|ناظر|مالک"
        "|کاربر حذف‌شده|رأی موافق|رأی مخالف|هم‌رسانی|بیشتر|جمع کردن"
    ),
    "ja": (
        "返信|返信先|編集済み|このコメントは削除されました。|モデレーター|オーナー"
        "|削除されたユーザー|賛成|反対|共有|その他|折りたたむ"
    ),
    "zh": ("回复|回复给|已编辑|此评论已被移除。|版主|站长|已删除的用户|赞成|反对|分享|更多|收起"),
    "ko": (
        "답글|답글 대상|수정됨|삭제된 댓글입니다.|운영자|소유자"
        "|탈퇴한 사용자|추천|비추천|공유|더 보기|접기"
    ),
}
LANGUAGES = tuple(_WORDS)
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa"})


def language_of(wanted: str | None, default: str = "en") -> str:
    """The language to answer in: `wanted` if we speak it (`de-AT` is `de`), else the default."""
    for code in (wanted, default):
        base = (code or "").replace("_", "-").split("-")[0].lower()
        if base in _WORDS:
            return base
    return "en"


def labels(language: str, reply: str = "") -> dict[str, str]:
    """token -> word; a forum may have its own word for replying."""
    words = dict(zip(TOKENS, _WORDS[language].split("|"), strict=False))
    if reply:
        words[REPLY] = reply
    return words


def button_names(language: str) -> dict[str, str]:
    """Name of a button -> what it is called aloud; the page carries each once as `w-NAME`."""
    return dict(zip(BUTTONS, _WORDS[language].split("|")[len(TOKENS) :], strict=True))


def worded(fragments: bytes, words: Mapping[bytes, bytes]) -> bytes:
    """Joined fragments with a language's (already escaped) words in the places of the tokens."""
    for token, word in words.items():
        fragments = fragments.replace(token, word)
    return fragments


def escaped_labels(language: str, reply: str = "") -> dict[bytes, bytes]:
    """What `worded` takes."""
    return {
        token.encode(): escape(word).encode() for token, word in labels(language, reply).items()
    }

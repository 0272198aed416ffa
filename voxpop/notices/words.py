"""The words of mails and of their pages, in the forum's language where we have them."""

_KEYS = [
    *("replied", "mentioned", "watched", "published", "removed", "you_wrote", "see", "see_mine"),
    *("why", "why_watching", "why_yours", "settings", "untitled"),
    *("confirm", "confirm_text", "confirm_yes", "confirm_not", "confirmed"),
    *(
        "mail",
        "want_replies",
        "want_mentions",
        "want_watches",
        "want_decisions",
        "save",
        "stop",
        "saved",
        "stopped",
        "gone",
    ),
]

_WORDS = {
    "en": (
        "{name} replied to you|{name} mentioned you|{name} wrote in a discussion you watch"
        "|A moderator published your comment|A moderator removed your comment|You wrote"
        "|Read and answer|See my comments|You get this because somebody turned to you on {forum}."
        "|You get this because you watch this discussion on {forum}."
        "|You get this because you wrote on {forum}.|Change or stop these mails|A discussion"
        "|Confirm your address"
        "|Somebody, probably you, wants mail about replies to comments on {forum} at this"
        " address.|Yes, mail me replies|If it was not you, do nothing: no other mail will come."
        "|Thank you. You now get mail when somebody replies to you.|Mail to you"
        "|When somebody replies to me|When somebody mentions me"
        "|When somebody writes in a discussion I watch"
        "|When a moderator decides about a comment of mine|Save|Stop all mail|Saved."
        "|No more mail goes to you.|This link does not work any more."
    ),
    "de": (
        "{name} hat dir geantwortet|{name} hat dich erwähnt"
        "|{name} hat in einer Diskussion geschrieben, die du beobachtest"
        "|Dein Kommentar wurde freigegeben|Dein Kommentar wurde von der Moderation entfernt"
        "|Du hattest geschrieben|Lesen und antworten|Meine Kommentare"
        "|Du bekommst das, weil sich bei {forum} jemand an dich gewandt hat."
        "|Du bekommst das, weil du diese Diskussion bei {forum} beobachtest."
        "|Du bekommst das, weil du bei {forum} geschrieben hast."
        "|Diese Mails ändern oder abbestellen|Eine Diskussion|Adresse bestätigen"
        "|Jemand, vermutlich du, möchte an diese Adresse Post über Antworten bei {forum}."
        "|Ja, schickt mir Antworten|Warst du es nicht, tu nichts: Es kommt keine weitere Mail."
        "|Danke. Du bekommst jetzt Post, wenn dir jemand antwortet.|Post an dich"
        "|Wenn mir jemand antwortet|Wenn mich jemand erwähnt"
        "|Wenn jemand in einer Diskussion schreibt, die ich beobachte"
        "|Wenn die Moderation über einen Kommentar von mir entscheidet|Speichern|Keine Mails mehr"
        "|Gespeichert.|Du bekommst keine Mails mehr.|Dieser Link gilt nicht mehr."
    ),
    "fr": (
        "{name} vous a répondu|{name} vous a mentionné"
        "|{name} a écrit dans une discussion que vous suivez"
        "|Votre commentaire a été publié par un modérateur"
        "|Votre commentaire a été retiré par un modérateur|Vous aviez écrit|Lire et répondre"
        "|Voir mes commentaires"
        "|Vous recevez ce message parce que quelqu’un s’est adressé à vous sur {forum}."
        "|Vous recevez ce message parce que vous suivez cette discussion sur {forum}."
        "|Vous recevez ce message parce que vous avez écrit sur {forum}."
        "|Modifier ou arrêter ces messages|Une discussion|Confirmez votre adresse"
        "|Quelqu’un, sans doute vous, souhaite recevoir ici les réponses à ses commentaires sur"
        " {forum}.|Oui, envoyez-moi les réponses"
        "|Si ce n’était pas vous, ne faites rien : aucun autre message ne viendra."
        "|Merci. Vous recevrez un message quand quelqu’un vous répondra.|Vos messages"
        "|Quand quelqu’un me répond|Quand quelqu’un me mentionne"
        "|Quand quelqu’un écrit dans une discussion que je suis"
        "|Quand un modérateur décide d’un de mes commentaires|Enregistrer"
        "|Arrêter tous les messages|Enregistré.|Vous ne recevrez plus de messages."
        "|Ce lien ne fonctionne plus."
    ),
    "es": (
        "{name} le ha respondido|{name} le ha mencionado"
        "|{name} ha escrito en una discusión que usted sigue"
        "|Un moderador ha publicado su comentario|Un moderador ha retirado su comentario"
        "|Usted escribió|Leer y responder|Ver mis comentarios"
        "|Recibe este mensaje porque alguien se dirigió a usted en {forum}."
        "|Recibe este mensaje porque sigue esta discusión en {forum}."
        "|Recibe este mensaje porque escribió en {forum}.|Cambiar o detener estos mensajes"
        "|Una discusión|Confirme su dirección"
        "|Alguien, probablemente usted, quiere recibir aquí las respuestas a sus comentarios en"
        " {forum}.|Sí, envíenme las respuestas"
        "|Si no fue usted, no haga nada: no llegará otro mensaje."
        "|Gracias. Recibirá un mensaje cuando alguien le responda.|Sus mensajes"
        "|Cuando alguien me responde|Cuando alguien me menciona"
        "|Cuando alguien escribe en una discusión que sigo"
        "|Cuando un moderador decide sobre un comentario mío|Guardar|Detener todos los mensajes"
        "|Guardado.|Ya no recibirá mensajes.|Este enlace ya no funciona."
    ),
    "ar": (
        "{name} ردّ عليك|{name} ذكرك|{name} كتب في نقاش تتابعه|نشر أحد المشرفين تعليقك"
        "|أزال أحد المشرفين تعليقك|كنت قد كتبت|اقرأ وأجب|تعليقاتي"
        "|تصلك هذه الرسالة لأن أحدهم خاطبك في {forum}."
        "|تصلك هذه الرسالة لأنك تتابع هذا النقاش في {forum}."
        "|تصلك هذه الرسالة لأنك كتبت في {forum}.|غيّر هذه الرسائل أو أوقفها|نقاش|أكّد عنوانك"
        "|أحدهم، وعلى الأرجح أنت، يريد أن تصل الردود على تعليقاته في {forum} إلى هذا العنوان."
        "|نعم، أرسلوا لي الردود|إن لم تكن أنت فلا تفعل شيئًا: لن تصلك رسالة أخرى."
        "|شكرًا. ستصلك رسالة عندما يردّ عليك أحد.|رسائلك|عندما يردّ عليّ أحد|عندما يذكرني أحد"
        "|عندما يكتب أحد في نقاش أتابعه|عندما يقرر مشرف في شأن تعليق لي|حفظ|أوقف كل الرسائل|حُفظ."
        "|لن تصلك رسائل بعد الآن.|هذا الرابط لم يعد صالحًا."
    ),
    "he": (
        "{name} ענה לך|{name} הזכיר אותך|{name} כתב בדיון שבמעקב שלך|מנהל פרסם את תגובתך"
        "|מנהל הסיר את תגובתך|כתבת|לקריאה ולמענה|התגובות שלי"
        "|הודעה זו נשלחה כי מישהו פנה אליך ב־{forum}."
        "|הודעה זו נשלחה כי הדיון הזה ב־{forum} במעקב שלך.|הודעה זו נשלחה כי כתבת ב־{forum}."
        "|לשינוי ההודעות או להפסקתן|דיון|אישור הכתובת"
        "|מישהו, כנראה את או אתה, ביקש לקבל לכתובת זו תשובות לתגובות ב־{forum}."
        "|כן, שלחו לי תשובות|אם לא ביקשת, אין צורך לעשות דבר: לא תגיע הודעה נוספת."
        "|תודה. מעכשיו תגיע הודעה כשמישהו יענה לך.|ההודעות אליך|כשמישהו עונה לי"
        "|כשמישהו מזכיר אותי|כשמישהו כותב בדיון שבמעקב שלי|כשמנהל מחליט על תגובה שלי|שמירה"
        "|להפסיק את כל ההודעות|נשמר.|לא יישלחו אליך עוד הודעות.|הקישור הזה כבר אינו פעיל."
    ),
    "ja": (
        "{name}さんが返信しました|{name}さんがあなたに言及しました"
        "|{name}さんがウォッチ中のディスカッションに書き込みました"
        "|モデレーターがあなたのコメントを公開しました"
        "|モデレーターがあなたのコメントを削除しました|あなたのコメント|読んで返信する"
        "|自分のコメントを見る"
        "|{forum} であなた宛ての書き込みがあったため、お送りしています。|{forum}"
        " のこのディスカッションをウォッチしているため、お送りしています。"
        "|{forum} に書き込まれたため、お送りしています。|メールの設定・停止|ディスカッション"
        "|メールアドレスの確認"
        "|このアドレスで {forum} の返信通知を受け取るというお申し込みがありました。"
        "|はい、返信をメールで受け取る"
        "|お心当たりがなければ、そのままにしてください。ほかのメールは届きません。"
        "|ありがとうございます。返信があるとメールでお知らせします。|メールの設定"
        "|返信があったとき"
        "|言及されたとき|ウォッチ中のディスカッションに書き込みがあったとき"
        "|自分のコメントについてモデレーターが判断したとき|保存|すべてのメールを停止"
        "|保存しました。"
        "|メールを停止しました。|このリンクは無効です。"
    ),
}


def words(language: str) -> dict[str, str]:
    """Every word; English where a language has none."""
    return dict(zip(_KEYS, _WORDS.get(language, _WORDS["en"]).split("|"), strict=True))


def language_of(language: str) -> str:
    """The language in which `words` really are."""
    return language if language in _WORDS else "en"

"""The words of mails and of their pages, in the forum's language where we have them."""

_KEYS = [
    *("replied", "mentioned", "you_wrote", "see", "why", "settings", "untitled"),
    *("confirm", "confirm_text", "confirm_yes", "confirm_not", "confirmed"),
    *("mail", "want_replies", "want_mentions", "save", "stop", "saved", "stopped", "gone"),
]

_WORDS = {
    "en": (
        "{name} replied to you|{name} mentioned you|You wrote|Read and answer"
        "|You get this because somebody turned to you on {forum}.|Change or stop these mails"
        "|A discussion"
        "|Confirm your address"
        "|Somebody, probably you, wants mail about replies to comments on {forum} at this address."
        "|Yes, mail me replies|If it was not you, do nothing: no other mail will come."
        "|Thank you. You now get mail when somebody replies to you."
        "|Mail to you|When somebody replies to me|When somebody mentions me|Save|Stop all mail"
        "|Saved.|No more mail goes to you.|This link does not work any more."
    ),
    "de": (
        "{name} hat dir geantwortet|{name} hat dich erwähnt|Du hattest geschrieben"
        "|Lesen und antworten"
        "|Du bekommst das, weil sich bei {forum} jemand an dich gewandt hat."
        "|Diese Mails ändern oder abbestellen|Eine Diskussion"
        "|Adresse bestätigen"
        "|Jemand, vermutlich du, möchte an diese Adresse Post über Antworten bei {forum}."
        "|Ja, schickt mir Antworten|Warst du es nicht, tu nichts: Es kommt keine weitere Mail."
        "|Danke. Du bekommst jetzt Post, wenn dir jemand antwortet."
        "|Post an dich|Wenn mir jemand antwortet|Wenn mich jemand erwähnt|Speichern"
        "|Keine Mails mehr|Gespeichert.|Du bekommst keine Mails mehr."
        "|Dieser Link gilt nicht mehr."
    ),
    "fr": (
        "{name} vous a répondu|{name} vous a mentionné|Vous aviez écrit|Lire et répondre"
        "|Vous recevez ce message parce que quelqu’un s’est adressé à vous sur {forum}."
        "|Modifier ou arrêter ces messages|Une discussion"
        "|Confirmez votre adresse"
        "|Quelqu’un, sans doute vous, souhaite recevoir ici les réponses à ses commentaires"
        " sur {forum}."
        "|Oui, envoyez-moi les réponses"
        "|Si ce n’était pas vous, ne faites rien : aucun autre message ne viendra."
        "|Merci. Vous recevrez un message quand quelqu’un vous répondra."
        "|Vos messages|Quand quelqu’un me répond|Quand quelqu’un me mentionne|Enregistrer"
        "|Arrêter tous les messages|Enregistré.|Vous ne recevrez plus de messages."
        "|Ce lien ne fonctionne plus."
    ),
    "es": (
        "{name} le ha respondido|{name} le ha mencionado|Usted escribió|Leer y responder"
        "|Recibe este mensaje porque alguien se dirigió a usted en {forum}."
        "|Cambiar o detener estos mensajes|Una discusión"
        "|Confirme su dirección"
        "|Alguien, probablemente usted, quiere recibir aquí las respuestas a sus comentarios"
        " en {forum}."
        "|Sí, envíenme las respuestas|Si no fue usted, no haga nada: no llegará otro mensaje."
        "|Gracias. Recibirá un mensaje cuando alguien le responda."
        "|Sus mensajes|Cuando alguien me responde|Cuando alguien me menciona|Guardar"
        "|Detener todos los mensajes|Guardado.|Ya no recibirá mensajes."
        "|Este enlace ya no funciona."
    ),
    "ar": (
        "{name} ردّ عليك|{name} ذكرك|كنت قد كتبت|اقرأ وأجب"
        "|تصلك هذه الرسالة لأن أحدهم خاطبك في {forum}.|غيّر هذه الرسائل أو أوقفها|نقاش"
        "|أكّد عنوانك"
        "|أحدهم، وعلى الأرجح أنت، يريد أن تصل الردود على تعليقاته في {forum} إلى هذا العنوان."
        "|نعم، أرسلوا لي الردود|إن لم تكن أنت فلا تفعل شيئًا: لن تصلك رسالة أخرى."
        "|شكرًا. ستصلك رسالة عندما يردّ عليك أحد."
        "|رسائلك|عندما يردّ عليّ أحد|عندما يذكرني أحد|حفظ|أوقف كل الرسائل"
        "|حُفظ.|لن تصلك رسائل بعد الآن.|هذا الرابط لم يعد صالحًا."
    ),
    "he": (
        "{name} ענה לך|{name} הזכיר אותך|כתבת|לקריאה ולמענה"
        "|הודעה זו נשלחה כי מישהו פנה אליך ב־{forum}.|לשינוי ההודעות או להפסקתן|דיון"
        "|אישור הכתובת"
        "|מישהו, כנראה את או אתה, ביקש לקבל לכתובת זו תשובות לתגובות ב־{forum}."
        "|כן, שלחו לי תשובות|אם לא ביקשת, אין צורך לעשות דבר: לא תגיע הודעה נוספת."
        "|תודה. מעכשיו תגיע הודעה כשמישהו יענה לך."
        "|ההודעות אליך|כשמישהו עונה לי|כשמישהו מזכיר אותי|שמירה|להפסיק את כל ההודעות"
        "|נשמר.|לא יישלחו אליך עוד הודעות.|הקישור הזה כבר אינו פעיל."
    ),
    "ja": (
        "{name}さんが返信しました|{name}さんがあなたに言及しました|あなたのコメント|読んで返信する"
        "|{forum} であなた宛ての書き込みがあったため、お送りしています。"
        "|メールの設定・停止|ディスカッション"
        "|メールアドレスの確認"
        "|このアドレスで {forum} の返信通知を受け取るというお申し込みがありました。"
        "|はい、返信をメールで受け取る"
        "|お心当たりがなければ、そのままにしてください。ほかのメールは届きません。"
        "|ありがとうございます。返信があるとメールでお知らせします。"
        "|メールの設定|返信があったとき|言及されたとき|保存|すべてのメールを停止"
        "|保存しました。|メールを停止しました。|このリンクは無効です。"
    ),
}


def words(language: str) -> dict[str, str]:
    """Every word; English where a language has none."""
    return dict(zip(_KEYS, _WORDS.get(language, _WORDS["en"]).split("|"), strict=True))


def language_of(language: str) -> str:
    """The language in which `words` really are."""
    return language if language in _WORDS else "en"

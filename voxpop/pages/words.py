"""The words of a thread's public page, in the forum's language where we have them."""

_KEYS = [
    *("comments", "sort", "best", "newest", "oldest", "write", "more", "more_replies"),
    *("empty", "locked", "page", "whole", "one"),
    *("reply_to", "text", "formatting", "name", "name_hint", "email", "email_hint"),
    *("as_whom", "sign_in", "no_guests", "preview", "post", "held", "back"),
    *("trending", "people", "quiet", "share", "link", "mail", "embed_code"),
    *("email_needed", "email_proof", "held_for_mail", "share_sheet"),
]

_WORDS = {
    "en": (
        "Comments|Sort by|Best|Newest|Oldest|Write a comment|More comments|More replies"
        "|Nobody has written here yet.|This discussion is closed: it can be read, not added to."
        "|Read the page|Show the whole discussion|You are looking at one conversation."
        "|In reply to|Your comment|Markdown works: *emphasis*, `code`, > quote, [link](https://…)."
        "|Your name|Shown beside your comment.|E-mail (if you like)|Never shown to anybody."
        "|You write as|Sign in|Only people with an account can write here."
        "|Preview|Post|Your comment waits for a moderator.|Back to the discussion"
        "|Discussed now|People taking part|Nothing is being discussed just now."
        "|Share|Link|E-mail|Embed code"
        "|E-mail"
        "|We mail you a link that publishes your first comment. Never shown to anybody."
        "|Almost there: use the link in the mail we sent you."
        "|Share with…"
    ),
    "de": (
        "Kommentare|Sortieren|Beste|Neueste|Älteste|Kommentar schreiben|Weitere Kommentare"
        "|Weitere Antworten|Hier hat noch niemand geschrieben."
        "|Diese Diskussion ist geschlossen: Sie kann gelesen, aber nicht fortgesetzt werden."
        "|Zur Seite|Ganze Diskussion zeigen|Du siehst ein einzelnes Gespräch."
        "|Antwort an|Dein Kommentar|Markdown geht: *betont*, `Code`, > Zitat, [Link](https://…)."
        "|Dein Name|Steht neben deinem Kommentar.|E-Mail (wenn du magst)|Wird niemandem gezeigt."
        "|Du schreibst als|Anmelden|Hier schreibt nur, wer ein Konto hat."
        "|Vorschau|Senden|Dein Kommentar wartet auf die Moderation.|Zurück zur Diskussion"
        "|Gerade diskutiert|Beteiligte|Gerade wird nichts diskutiert."
        "|Teilen|Link|E-Mail|Code zum Einbetten"
        "|E-Mail"
        "|Wir mailen dir einen Link, der deinen ersten Kommentar veröffentlicht. Wird niemandem"
        " gezeigt."
        "|Fast geschafft: Öffne den Link in der Mail, die wir dir geschickt haben."
        "|Teilen mit …"
    ),
    "fr": (
        "Commentaires|Trier par|Meilleurs|Récents|Anciens|Écrire un commentaire"
        "|Plus de commentaires|Plus de réponses|Personne n’a encore écrit ici."
        "|Cette discussion est close : on peut la lire, pas y ajouter."
        "|Lire la page|Afficher toute la discussion|Vous voyez une seule conversation."
        "|En réponse à|Votre commentaire"
        "|Markdown : *accent*, `code`, > citation, [lien](https://…)."
        "|Votre nom|Affiché à côté du commentaire.|E-mail (facultatif)|Jamais montré à personne."
        "|Vous écrivez en tant que|Se connecter|Seules les personnes avec un compte peuvent écrire."
        "|Aperçu|Publier|Votre commentaire attend la modération.|Retour à la discussion"
        "|En discussion|Participants|Rien n’est en discussion en ce moment."
        "|Partager|Lien|E-mail|Code à intégrer"
        "|E-mail"
        "|Nous vous envoyons un lien qui publie votre premier commentaire. Jamais montré à"
        " personne."
        "|Presque fini : ouvrez le lien du message que nous vous avons envoyé."
        "|Partager avec…"
    ),
    "es": (
        "Comentarios|Ordenar por|Mejores|Recientes|Antiguos|Escribir un comentario"
        "|Más comentarios|Más respuestas|Nadie ha escrito aquí todavía."
        "|Esta discusión está cerrada: se puede leer, no ampliar."
        "|Leer la página|Mostrar toda la discusión|Estás viendo una sola conversación."
        "|En respuesta a|Tu comentario|Markdown: *énfasis*, `código`, > cita, [enlace](https://…)."
        "|Tu nombre|Se muestra junto al comentario.|Correo (si quieres)|No se muestra a nadie."
        "|Escribes como|Iniciar sesión|Aquí solo se escribe con una cuenta."
        "|Vista previa|Publicar|Tu comentario espera a la moderación.|Volver a la discusión"
        "|De qué se habla|Participantes|Ahora mismo no se habla de nada."
        "|Compartir|Enlace|Correo|Código para insertar"
        "|Correo"
        "|Te enviamos un enlace que publica tu primer comentario. No se muestra a nadie."
        "|Casi listo: abre el enlace del correo que te hemos enviado."
        "|Compartir con…"
    ),
    "ar": (
        "التعليقات|ترتيب حسب|الأفضل|الأحدث|الأقدم|اكتب تعليقًا|مزيد من التعليقات|مزيد من الردود"
        "|لم يكتب أحد هنا بعد.|هذا النقاش مغلق: يمكن قراءته دون الإضافة إليه."
        "|اقرأ الصفحة|اعرض النقاش كله|أنت ترى محادثة واحدة."
        "|ردًا على|تعليقك|يعمل Markdown: *تشديد*، `شيفرة`، > اقتباس، [رابط](https://…)."
        "|اسمك|يظهر بجانب تعليقك.|البريد الإلكتروني (اختياري)|لا يظهر لأحد."
        "|تكتب باسم|تسجيل الدخول|الكتابة هنا لأصحاب الحسابات فقط."
        "|معاينة|إرسال|تعليقك ينتظر المشرف.|العودة إلى النقاش"
        "|يُناقش الآن|المشاركون|لا نقاش جاريًا الآن.|مشاركة|الرابط|البريد الإلكتروني|شيفرة التضمين"
        "|البريد الإلكتروني"
        "|نرسل إليك رابطًا ينشر تعليقك الأول. لا يظهر لأحد."
        "|أوشكت على الانتهاء: افتح الرابط في الرسالة التي أرسلناها إليك."
        "|مشاركة عبر…"
    ),
    "he": (
        "תגובות|מיון|הטובות|החדשות|הישנות|כתיבת תגובה|תגובות נוספות|תשובות נוספות"
        "|עוד לא כתבו כאן.|הדיון סגור: אפשר לקרוא, אי אפשר להוסיף."
        "|לקריאת העמוד|הצגת הדיון כולו|מוצגת שיחה אחת."
        "|בתשובה אל|התגובה שלך|אפשר Markdown: *הדגשה*, `קוד`, > ציטוט, [קישור](https://…)."
        "|השם שלך|מופיע ליד התגובה.|דוא״ל (לא חובה)|לא מוצג לאיש."
        "|כתיבה בשם|כניסה|רק בעלי חשבון כותבים כאן."
        "|תצוגה מקדימה|שליחה|התגובה ממתינה למנהלי הדיון.|חזרה לדיון"
        "|מדברים על זה עכשיו|משתתפים|אין כרגע דיון פעיל.|שיתוף|קישור|דוא״ל|קוד להטמעה"
        "|דוא״ל"
        "|נשלח קישור שמפרסם את התגובה הראשונה שלך. לא מוצג לאיש."
        "|כמעט סיימת: יש לפתוח את הקישור בהודעה ששלחנו."
        "|שיתוף דרך…"
    ),
    "ja": (
        "コメント|並べ替え|人気順|新しい順|古い順|コメントを書く|コメントをもっと見る|返信をもっと見る"
        "|まだ誰も書いていません。|この議論は終了しました。読むことはできますが、書き込めません。"
        "|ページを読む|議論全体を表示|ひとつの会話を表示しています。"
        "|返信先：|コメント|Markdown が使えます：*強調*、`コード`、> 引用、[リンク](https://…)。"
        "|名前|コメントの横に表示されます。|メール（任意）|誰にも表示されません。"
        "|投稿者：|ログイン|書き込むにはアカウントが必要です。"
        "|プレビュー|投稿|コメントは承認待ちです。|議論に戻る"
        "|いま話題|参加者|いま話題になっているものはありません。|共有|リンク|メール|埋め込みコード"
        "|メール"
        "|最初のコメントを公開するリンクをメールでお送りします。誰にも表示されません。"
        "|あと一歩です。お送りしたメールのリンクを開いてください。"
        "|ほかのアプリで共有…"
    ),
}


def words(language: str) -> dict[str, str]:
    """Every word of the page; English where a language has none."""
    return dict(zip(_KEYS, _WORDS.get(language, _WORDS["en"]).split("|"), strict=True))

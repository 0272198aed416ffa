"""Writes Disqus exports as real forums have them, of any size and the same for the same seed.

Threads are as busy as Zipf says; replies grow deep trees; some parents are deleted, some threads
stand twice in the file under another spelling of their address; guests, emoji, several languages,
right-to-left ones among them, spam, mentions, quotes, links and code.

    python bench/disqus_export.py --comments 1000000 --out export.xml.gz
"""

import argparse
import gzip
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import IO

TOPICS: dict[str, list[tuple[str, list[str]]]] = {
    "en": [
        (
            "The last tram home",
            [
                "I still take the 23:40 every Thursday, and the driver waits if he sees you run.",
                "They cut the night service to one line, and then wonder why people drive.",
                "The old cars rattled, but you could open a window. I miss that in July.",
                "Frequency beats speed. A tram every six minutes needs no timetable.",
                "My grandmother sold tickets on this line. She would laugh at the app.",
                "Has anybody checked the numbers for the ring line? It looks half empty to me.",
                "They painted the stops blue again, as if that were the problem.",
                "We moved here because of the depot plans. Eleven years later: still plans.",
            ],
        ),
        (
            "Bread, slowly",
            [
                "Eighteen hours in the fridge changed everything for me, more than any flour did.",
                "My starter is called Gerald and he is in a bad mood since Sunday.",
                "Weigh the water. Cups are how you get a different loaf every week.",
                "Rye at 30 % and a spoon of honey, then leave it alone. That is the whole secret.",
                "Mine came out flat as a plate. Is the kitchen too cold at 17 degrees?",
                "The crust sings when it cools. Nobody told me that, and now I listen for it.",
                "I bake four on Saturday and trade two with the neighbour for eggs.",
                "Steam: a cast-iron pan with boiling water on the floor of the oven. Works.",
            ],
        ),
        (
            "Why the night sky is worth a long drive",
            [
                "Two hours north of the city you can see the dust lanes with bare eyes.",
                "Start with binoculars. A cheap telescope only teaches you to hate tripods.",
                "The Perseids this year: forty in an hour, and one that lit the whole field.",
                "Our village switched half the lamps off after midnight and nobody complained.",
                "My daughter asked why it is dark at night. I am still working on the answer.",
                "Does anyone know whether the hut above the lake is open in October?",
                "Red light only, please. Somebody always arrives with full headlights.",
                "I have slept in that car park more often than in some hotels.",
            ],
        ),
        (
            "Repair it yourself",
            [
                "The pump of our washing machine cost nine euros. The quote was three hundred.",
                "Half of it is courage. The other half is a magnetic bowl for the screws.",
                "Screws in four sizes under one sticker: somebody wanted us to give up.",
                "The repair café on Mill Street fixed my radio while explaining every step.",
                "Warranty void if removed, it says. It was void two years ago anyway.",
                "I broke it completely, learned a lot and bought the same one second-hand.",
                "A drop of oil, and the thing is good for another decade.",
                "Please add where you got the part. The usual shop says discontinued.",
            ],
        ),
    ],
    "de": [
        (
            "Ein Garten auf dem Dach",
            [
                "Bei uns wachsen seit drei Jahren Tomaten über dem fünften Stock, es geht.",
                "Die Statik muss zuerst geklärt werden, alles andere ist Romantik.",
                "Wie macht ihr das mit dem Wasser? Im August komme ich kaum hinterher.",
                "Seit die Bienen da sind, reden plötzlich alle im Haus miteinander.",
                "Der Vermieter war dagegen, bis er die erste Zucchini bekommen hat.",
                "Schöner Text, aber die Kosten hätten mich interessiert.",
                "Wind ist das eigentliche Problem, nicht die Sonne.",
            ],
        ),
    ],
    "fr": [
        (
            "Le marché du dimanche",
            [
                "On y va pour les légumes et on y reste pour les discussions.",
                "Les prix ont doublé en cinq ans, il faut le dire aussi.",
                "Le fromager me garde toujours un morceau de tomme, quel homme.",
                "Arrivez avant neuf heures, après c’est la foule.",
                "Ma fille a appris à compter en rendant la monnaie à l’étal d’à côté.",
                "Très bel article, il manque juste le petit café derrière l’église.",
            ],
        ),
    ],
    "es": [
        (
            "Volver al pueblo",
            [
                "Nos fuimos con dos maletas y ahora no sabríamos vivir en otro sitio.",
                "Sin autobús y sin médico es muy bonito, pero solo en verano.",
                "La fibra llegó antes que la panadería, así son las cosas.",
                "Mi abuela decía que en agosto sobra gente y en enero faltan manos.",
                "¿Alguien ha pedido las ayudas? El papeleo es interminable.",
                "Qué ganas de oler otra vez la leña por la mañana.",
            ],
        ),
    ],
    "pt": [
        (
            "O mar em janeiro",
            [
                "A água está a catorze graus e mesmo assim entro todos os dias.",
                "O segredo é não pensar: contar até três e correr.",
                "Quem nos dera ter a praia assim vazia no verão.",
                "Levem uma garrafa de chá, faz toda a diferença depois.",
            ],
        ),
    ],
    "ru": [
        (
            "Дача без интернета",
            [
                "Первые два дня рука тянется к телефону, потом отпускает.",
                "У нас связь ловит только на холме, туда и ходим все вместе.",
                "Самовар, книга и дождь по крыше, больше ничего не надо.",
                "А как вы работаете? Начальник бы меня не понял.",
                "Спасибо за статью, прочитал и заказал билеты на пятницу.",
            ],
        ),
    ],
    "ja": [
        (
            "路地の小さな本屋",
            [
                "仕事帰りに寄ると、店主がいつもお茶を出してくれます。",
                "ここで買った一冊が、進路を変えました。",
                "雨の日のほうが、なぜか本がよく売れるそうです。",
                "写真がとてもきれいですね。来月行ってみます。",
                "子どもの頃に通った店を思い出しました。",
            ],
        ),
    ],
    "ar": [
        (
            "قهوة الصباح",
            [
                "لا يبدأ يومي قبل فنجان صغير مع الهيل.",
                "جدتي كانت تحمص البن على الفحم، والرائحة لا تُنسى.",
                "مقال جميل، لكنكم نسيتم المقهى القديم قرب الميناء.",
                "هل جرّب أحدكم الطحن اليدوي؟ الفرق واضح.",
                "القهوة حديث قبل أن تكون شرابًا.",
            ],
        ),
    ],
    "he": [
        (
            "שבת ברכבת",
            [
                "הנסיעה לאורך החוף היא החלק הכי יפה בשבוע שלי.",
                "אם רק היו יותר קרונות בימי ראשון בבוקר.",
                "כתבה נהדרת, הזכירה לי את סבא שעבד בתחנה.",
                "מישהו יודע אם התחנה הישנה פתוחה לביקורים?",
            ],
        ),
    ],
}
_LANGUAGES = "en de en fr en ar en ja es en de ru en pt en he fr en es en de en en"
LANGUAGES = _LANGUAGES.split()
ANSWERS = {
    "en": [
        "This. Exactly this.",
        "I would put it the other way round, to be honest.",
        "Thank you, I had never thought of it like that.",
        "Not where I live, but I see the point.",
        "Source? I would like to read more.",
        "Tried it last weekend, and you are right.",
        "You two should meet, I say the same every year.",
        "Hard disagree, though I like how you say it.",
        "That made my morning.",
        "Careful, that was different before the renovation.",
        "Could you say a bit more about the second part?",
        "I stand corrected.",
    ],
    "de": ["Genau so ist es.", "Das sehe ich anders.", "Danke für den Hinweis!", "Wo gibt es das?"],
    "fr": ["Tout à fait d’accord.", "Merci pour le conseil !", "Je n’en suis pas si sûr."],
    "es": ["Totalmente de acuerdo.", "Gracias por contarlo.", "No lo veo tan claro."],
    "pt": ["Concordo plenamente.", "Obrigado pela dica!", "Não sei se é bem assim."],
    "ru": ["Согласен полностью.", "Спасибо за совет!", "Не уверен, честно говоря."],
    "ja": ["同感です。", "ありがとうございます。", "それは知りませんでした。"],
    "ar": ["أتفق معك تمامًا.", "شكرًا على المعلومة.", "لست متأكدًا من ذلك."],
    "he": ["מסכים לגמרי.", "תודה על הטיפ!", "לא בטוח שזה נכון."],
}
_NAMES = {
    "en": "Ada Bert Cleo Dinah Edwin Faye Gus Hazel Ivor June Kit Lou Mabel Ned Opal Percy",
    "de": "Anke Bernd Clara Dieter Elif Frauke Günter Heike Jörg Käthe",
    "fr": "Aline Benoît Chloé Damien Élodie Fabrice Hélène Jérôme",
    "es": "Ainhoa Bruno Carmen Diego Elena Íñigo Lucía Nuño",
    "pt": "Amélia Bento Conceição Duarte Inês João",
    "ru": "Аня Борис Вера Глеб Дарья Егор Жанна",
    "ja": "葵 陽翔 結衣 蓮 さくら 大和",
    "ar": "أمل باسم جميلة خالد ريم سامر",
    "he": "אביגיל בועז גלית דוד הילה יואב",
}
NAMES = {language: names.split() for language, names in _NAMES.items()}
_SURNAMES = "Ash Birch Cole Dunn Frost Gray Hill Lane Marsh Nash Park Reed Stone Wells York"
SURNAMES = _SURNAMES.split()
EMOJI = ["😀", "🙏", "🚋", "👩🏽‍🌾", "🏳️‍🌈", "🌌", "🍞", "❤️", "😂😂😂", "👍🏿", "☕", "🔧"]
SPAM = 'Best price watches, click <a href="http://cheap.example/?a=1&amp;b=2">here</a> now!!!'

EPOCH = datetime(2012, 3, 1, 6, 0, tzinfo=UTC)
SPAN = timedelta(days=4200)


@dataclass
class Page:
    """One page of the site: its threads in the file, and what can still be answered."""

    n: int
    language: str
    title: str
    sentences: list[str]
    path: str
    begins: datetime
    ids: list[int]
    open: list[tuple[int, int, datetime, str]] = field(default_factory=list)


class Generator:
    """Everything is drawn from one seeded source."""

    def __init__(self, comments: int, pages: int, seed: int, site: str, forum: str) -> None:
        self.random = random.Random(seed)
        self.comments, self.site, self.forum = comments, site.rstrip("/"), forum
        self.next_id = 100_000_000 + seed
        self.people = [self._person() for _ in range(max(12, comments // 12))]
        self.pages = [self._page(n) for n in range(pages)]

    def xml(self) -> Iterator[str]:
        """The export, piece by piece."""
        yield (
            '<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com"'
            ' xmlns:dsq="http://disqus.com/disqus-internals"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
            f'<category dsq:id="1"><forum>{self.forum}</forum><title>General</title>'
            "<isDefault>true</isDefault></category>\n"
        )
        for page in self.pages:
            yield from self._threads(page)
        weights = list(accumulate(1 / (rank + 1) for rank in range(len(self.pages))))
        busy = self.random.choices(self.pages, cum_weights=weights, k=self.comments)
        for page in busy:
            yield self._post(page)
        yield "</disqus>\n"

    def _id(self) -> int:
        self.next_id += self.random.randint(1, 40)
        return self.next_id

    def _person(self) -> tuple[str, str, str]:
        """Language, name, username ("" for a guest)."""
        language = self.random.choice(LANGUAGES)
        name = self.random.choice(NAMES[language])
        if language == "en" or self.random.random() < 0.3:
            name += f" {self.random.choice(SURNAMES)}"
        if self.random.random() < 0.25:
            return language, name, ""
        prefix = self.random.choice(["", "", "", "facebook-", "google-"])
        return language, name, f"{prefix}{self.random.getrandbits(40):x}"

    def _page(self, n: int) -> Page:
        language = LANGUAGES[n % len(LANGUAGES)]
        topics = TOPICS[language]
        title, sentences = topics[n // 2 % len(topics)]
        slug = "-".join(title.lower().replace(",", "").split()[:3])
        copies = 1 if self.random.random() > 0.08 else self.random.randint(2, 3)
        return Page(
            n=n,
            language=language,
            title=title if n < 9 else f"{title} ({n})",
            sentences=sentences,
            path=f"/{2012 + n % 12}/{n:05d}-{slug}/",
            begins=EPOCH + SPAN * self.random.random() ** 0.7,
            ids=[self._id() for _ in range(copies)],
        )

    def _threads(self, page: Page) -> Iterator[str]:
        host = self.site.split("://", 1)[1]
        spellings = [
            f"https://{host}{page.path}",
            f"http://{host}{page.path.rstrip('/')}",
            f"https://{host}{page.path}?utm_source=letter&utm_medium=mail",
        ]
        closed = "true" if self.random.random() < 0.03 else "false"
        for copy, number in enumerate(page.ids):
            identifier = f"post-{page.n}" if copy == 0 and page.n % 3 else ""
            yield (
                f'<thread dsq:id="{number}"><id>{identifier}</id><forum>{self.forum}</forum>'
                f'<category dsq:id="1"/><link>{escape(spellings[copy])}</link>'
                f"<title>{escape(page.title) if copy == 0 else ''}</title><message/>"
                f"<createdAt>{page.begins:%Y-%m-%dT%H:%M:%SZ}</createdAt>"
                "<author><name>Editor</name><isAnonymous>false</isAnonymous>"
                "<username>editor</username></author>"
                f"<isClosed>{closed}</isClosed><isDeleted>false</isDeleted></thread>\n"
            )

    def _post(self, page: Page) -> str:
        draw = self.random.random
        number = self._id()
        parent = self._parent(page)
        since = parent[2] if parent else page.begins
        when = since + timedelta(seconds=int(60 + 40_000 * draw() ** 3 * (1 if parent else 20)))
        language, name, username = self._writer(page)
        is_spam = draw() < 0.012
        is_deleted = draw() < 0.03
        text = SPAM if is_spam else self._text(page, language, parent)
        level = parent[1] + 1 if parent else 0
        page.open.append((number, level, when, username))
        if len(page.open) > 60:
            page.open.pop(self.random.randrange(40))
        reference = f'<parent dsq:id="{parent[0]}"/>' if parent else ""
        user = f"<username>{username}</username>" if username else ""
        return (
            f'<post dsq:id="{number}"><id/><message><![CDATA[{"" if is_deleted else text}]]>'
            f"</message><createdAt>{when:%Y-%m-%dT%H:%M:%SZ}</createdAt>"
            f"<isDeleted>{str(is_deleted).lower()}</isDeleted>"
            f"<isSpam>{str(is_spam).lower()}</isSpam><author><name>{escape(name)}</name>"
            f"<isAnonymous>{'false' if username else 'true'}</isAnonymous>{user}</author>"
            f'<thread dsq:id="{page.ids[0] if draw() < 0.97 else page.ids[-1]}"/>'
            f"{reference}</post>\n"
        )

    def _parent(self, page: Page) -> tuple[int, int, datetime, str] | None:
        """Mostly a reply, often to the latest: that is how conversations get deep."""
        if not page.open or self.random.random() < 0.38:
            return None
        if self.random.random() < 0.6:
            return page.open[-1]
        return self.random.choice(page.open)

    def _writer(self, page: Page) -> tuple[str, str, str]:
        for _ in range(4):
            person = self.people[int(len(self.people) * self.random.random() ** 2)]
            if person[0] == page.language:
                return person
        return page.language, self.random.choice(NAMES[page.language]), ""

    def _text(
        self, page: Page, language: str, parent: tuple[int, int, datetime, str] | None
    ) -> str:
        draw = self.random.random
        said = self.random.choices(page.sentences, k=self.random.choice([1, 1, 1, 2, 2, 3, 5]))
        said = list(dict.fromkeys(said))
        if parent and draw() < 0.75:
            said = [self.random.choice(ANSWERS[page.language]), *said[: int(draw() * 2.2)]]
        if draw() < 0.16:
            said.append(self.random.choice(EMOJI))
        if parent and parent[3] and draw() < 0.12:
            said.insert(0, f"@{parent[3]}:disqus")
        parts = [escape(" ".join(said), quote=False)]
        if draw() < 0.05:
            quoted = escape(self.random.choice(page.sentences), quote=False)
            parts.insert(0, f"<blockquote>{quoted}</blockquote>")
        if draw() < 0.05:
            link = f"{self.site}{self.random.choice(self.pages).path}"
            parts.append(f'<a href="{link}" rel="nofollow noopener" title="{link}">{link}</a>')
        if draw() < 0.03:
            parts.append(f"<b>{escape(self.random.choice(said))}</b> <i>really</i>")
        if draw() < 0.01:
            parts.append("<pre><code>for loaf in oven:\n    wait(loaf &lt; done)</code></pre>")
        if draw() < 0.01:
            parts.append("<spoiler>It was the baker all along.</spoiler>")
        return "".join(f"<p>{part}</p>" for part in parts)


def write_export(
    out: IO[str],
    *,
    comments: int,
    pages: int = 0,
    seed: int = 1,
    site: str = "https://magazine.example",
    forum: str = "magazine",
) -> None:
    """Write one export; by default about one page for every 25 comments."""
    generator = Generator(comments, pages or max(1, comments // 25), seed, site, forum)
    for piece in generator.xml():
        out.write(piece)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comments", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--site", default="https://magazine.example")
    parser.add_argument("--forum", default="magazine")
    parser.add_argument("--out", type=Path)
    asked = vars(parser.parse_args())
    file: Path | None = asked.pop("out")
    if file is None:
        write_export(sys.stdout, **asked)
    elif file.suffix == ".gz":
        with gzip.open(file, "wt", encoding="utf-8", compresslevel=3) as out:
            write_export(out, **asked)
    else:
        with file.open("w", encoding="utf-8") as out:
            write_export(out, **asked)


if __name__ == "__main__":
    main()

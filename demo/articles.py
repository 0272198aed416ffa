"""The magazine's articles: what a publisher would have anyway."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    lead: str
    by: str  # and of what day, where that day stays what it is
    art: str  # the colours of its picture: sky, glow, land
    paragraphs: tuple[str, ...]
    language: str = "en"

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"


ARTICLES = (
    Article(
        "ferry",
        "The last night ferry",
        "For sixty years a slow boat carried lorries, letters and insomniacs across the strait. "
        "In December it sails for the last time.",
        "Johanna Riis",
        "#1d2b4f #f4b66a #0c142b",
        (
            "The ship leaves at a quarter to eleven, when the town has already drawn its curtains. "
            "There are never many of us: nine lorries, a van full of church-organ pipes, a couple "
            "who have brought their own lamp. The coffee machine on deck four apologises before it "
            "pours, in three languages, and then pours into the tray.",
            "Nobody takes the night boat because it is quick. It is six hours for a distance that "
            "the day boats manage in two and a half, because somewhere past the lighthouse the "
            "engines are turned down to save oil and to let people sleep. The crew call this part "
            "<em>the long room</em>. You can hear the cutlery stop.",
            "“You learn to tell the weather from the sound of the plates,” says the cook, who has "
            "been here since 1988 and will retire in the same week as the ship. “Plates first. "
            "Then the barometer. Then the captain.”",
            "What will be lost is hard to put in a report. It is not a connection; there are "
            "faster ones. It is a room that moves slowly through the dark with its lights on, in "
            "which strangers are kind to one another because there is nothing else to do.",
        ),
    ),
    Article(
        "ring-road",
        "Should the city close its ring road?",
        "Eleven lanes, one river, and a vote in March. We asked for your opinion. "
        "Five thousand of you answered.",
        "The editors",
        "#8fb4c9 #fff1c9 #3d5a4c",
        (
            "On Sundays, since the summer, the inner ring has been closed to cars from nine to "
            "six. Children roller-skate under the gantries. A choir has discovered the acoustics "
            "of the Eastern underpass. And on the Western bridge the queue begins at half past "
            "eight and does not end before supper.",
            "In March the city votes on making the Sundays permanent and the weekdays a little "
            "more like them. We have printed both arguments in full. What follows below is yours: "
            "the longest discussion that this small magazine has ever had.",
        ),
    ),
    Article(
        "bread",
        "Bread in a cold kitchen",
        "All the recipes assume a warm room. Most of us have a coat and a window-sill.",
        "Pia Lindgren",
        "#e9d3b4 #fff8ea #8a5a35",
        (
            "A recipe that says “leave for four hours” has never met my kitchen, which in November "
            "is a place for storing apples. Dough does not read recipes either. It reads the room.",
            "So this is a recipe without hours. Mix flour, water, salt and a spoon of something "
            "alive; fold it when you walk past; go to bed. In the morning it will be ready, or it "
            "will be ready at lunch. Both are fine. You were going to be home anyway: it is cold.",
        ),
    ),
    Article(
        "sterne",
        "Wie viele Sterne sieht man noch?",
        "Ein Spaziergang durch eine Kleinstadt, die nachts das Licht ausmacht.",
        "Karl Immel",
        "#0b1026 #9fb8ff #151b33",
        (
            "Um halb eins gehen in Niederau die Laternen aus, erst am Bahnhof, dann am Markt, "
            "zuletzt vor der Apotheke. Es wird nicht dunkel, wie man fürchten könnte. Es wird "
            "weit.",
            "Gezählt haben wir an drei Abenden, mit Decke, Thermoskanne und einer Papprolle. "
            "Vor der Umstellung waren es hundertachtzig Sterne. Jetzt sind es elfhundert, und ein "
            "Kind hat behauptet, einer davon habe gewunken.",
        ),
        "de",
    ),
    Article(
        "maqha",
        "مقهى بلا ساعة",
        "في آخر الشارع مقهى توقفت ساعته قبل أربعين عاماً، ولم يطلب أحد إصلاحها.",
        "هالة نصر",
        "#7a4b2f #ffd9a0 #2d1c14",
        (
            "يفتح أبو كريم الباب عند السادسة، أو قبلها، أو بعدها. لا أحد يعرف تماماً، فالساعة فوق "
            "الموقد تشير إلى العاشرة وعشر دقائق منذ شتاء بعيد.",
            "الزبائن يعرفون الوقت من أشياء أخرى: من الضوء حين يبلغ الطاولة الثالثة، "
            "ومن بائع الجرائد، ومن صوت المدرسة. "
            "ويقولون إن القهوة هنا لا تبرد، لأن أحداً لا يستعجلها.",
        ),
        "ar",
    ),
    Article(
        "archive",
        "From the archive: a soup for three days",
        "A page of 2013, whose comments lived elsewhere until they were brought home.",
        "Pia Lindgren · 3 February 2013",
        "#5e7a53 #f7e7b6 #2e3d28",
        (
            "This soup is made on Friday and is right on Sunday. The onions want an hour. The "
            "beans want the night. You want a book.",
            "Until this year the discussion below stood on somebody else’s server, between "
            "advertisements. It came home in a file of few kilobytes, every old link intact.",
        ),
    ),
)

BY_SLUG = {article.slug: article for article in ARTICLES}

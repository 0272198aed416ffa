"""Five thousand readers argue about a ring road: plausible, in many languages, always the same."""

import random
from dataclasses import dataclass


@dataclass
class Voice:
    """How one language argues: every line can follow every other."""

    names: str
    openers: tuple[str, ...]
    claims: tuple[str, ...]
    details: tuple[str, ...]
    closers: tuple[str, ...]
    answers: tuple[str, ...]
    weight: int = 1


VOICES = (
    Voice(
        "Alma Brook, Ben Ashworth, Cora Quinn, Dev Patel, Edie Lowe, Femi Balogun, Gus Hartley, "
        "Hattie Moss, Ike Rosen, Jo Mbeki, Kit Larkin, Lena Strand, Mo Farouk, Nils Aker, "
        "Olive Penn, Percy Vane, Quentin R., Rosa Villar, Stan Kubiak, Tess Okonjo, Una Byrne, "
        "Vic Danner, Wren Hale, Xan Doyle, Yara Neel, Zeke Tull",
        ("", "", "", "Honestly: ", "I changed my mind on this. ", "Unpopular opinion: ",
         "Long-time reader, first comment. ", "As somebody who drives for a living: ",
         "Let me put it this way. ", "Two things. ", "My street is inside the ring, so: "),
        ("the Sundays are the best thing this city has done in twenty years.",
         "nobody has explained where the vans are meant to go.",
         "the queue at the Western bridge is not a detail, it is my whole morning.",
         "the air at the school gate is measurably better, we put up a sensor.",
         "the buses were late before and they are late now.",
         "you cannot close a road and leave the timetable as it was.",
         "the shops on Mill Street sold more on closed Sundays than in Advent.",
         "my mother is eighty-four and needs the lift to the clinic, by car.",
         "the choir under the underpass alone is worth it.",
         "the noise is gone and I had not known that it was noise.",
         "a ring road is a wall. We just got used to driving on top of it.",
         "the ambulance question was answered in the annex, page nine: two minutes faster.",
         "every city that tried this complained for a year and then forgot it ever had the cars.",
         "it moves the traffic to the poorer side of the river, as usual.",
         "parking is not a human right, but neither is a picnic."),
        ("", "", "I counted 412 cars in one hour on Saturday.", "My kids learned to skate there.",
         "I drive a delivery van; ask me anything.", "We moved here because of the tram.",
         "The last survey asked 900 people, all of them online.", "It took me 51 minutes on Monday.",
         "The map on page four has the wrong bridge, by the way.",
         "Rent on our street went up the same week."),
        ("", "", "", "Just try it for a year.", "Vote in March, please.", "Change my mind.",
         "There, I said it. 🙂", "Sorry for the length.", "Can somebody from the council answer?",
         "And fix the lights at the crossing!"),
        ("With respect, no: ", "Exactly. And ", "That is half true, but ", "Have you seen Sunday? ",
         "I hear this often, and yet ", "Fair point, though ", "Source? Because ", "This. Also, "),
        weight=10,
    ),
    Voice(
        "Anja Reuter, Bernd Kolb, Carla Witt, Detlef S., Elif Kaya, Frieda Nagel, Gero Thum",
        ("", "Ganz ehrlich: ", "Als Anwohner: ", "Zum dritten Mal: "),
        ("seit den Sonntagen kann man bei offenem Fenster schlafen.",
         "wohin mit dem Lieferverkehr, steht nirgends.",
         "der Bus muss dann aber auch alle fünf Minuten fahren.",
         "in der Westvorstadt steht jetzt alles, nur eben bei uns.",
         "die Messwerte an der Schule sprechen eine klare Sprache."),
        ("", "Ich habe selbst gezählt.", "Mein Betrieb hat vierzehn Wagen.", "Seite neun im Anhang!"),
        ("", "Danke fürs Zuhören.", "Ein Jahr ausprobieren, dann reden.", "So nicht."),
        ("Das stimmt so nicht: ", "Genau, und ", "Einspruch: ", "Mag sein, aber "),
        weight=3,
    ),
    Voice(
        "Anouk Perrin, Bastien Roy, Chloé Vidal, Driss Amrani, Élodie Marchand, Fabien Lacroix",
        ("", "Franchement, ", "Je précise : ", "Question simple : "),
        ("le dimanche, on entend enfin la rivière.",
         "et les artisans, ils passent par où ?",
         "fermer sans renforcer le tram, c'est punir ceux qui travaillent tôt.",
         "mes enfants vont à l'école à vélo depuis septembre, seuls.",
         "on disait la même chose des quais, et aujourd'hui personne ne reviendrait en arrière."),
        ("", "J'habite au-dessus du pont.", "J'ai fait le trajet douze fois.", "Page neuf, l'annexe."),
        ("", "Essayons un an.", "Voilà, c'est dit.", "À débattre !"),
        ("Pas d'accord : ", "Tout à fait, et ", "Oui mais ", "Pardon, "),
        weight=3,
    ),
    Voice(
        "Alba Romero, Bruno Sáez, Carmen Ortiz, Diego Luna, Elena Prieto",
        ("", "A ver, ", "Vivo dentro del anillo: "),
        ("los domingos el barrio parece otro, y mejor.",
         "nadie ha dicho qué pasa con quien trabaja de noche.",
         "sin más autobuses esto es un castigo.",
         "el aire se nota, y mi hijo asmático lo nota más."),
        ("", "Lo medí yo misma.", "Llevo treinta años de taxista."),
        ("", "Probemos un año.", "Y punto. 😄"),
        ("No estoy de acuerdo: ", "Exacto, y ", "Perdona, pero "),
        weight=2,
    ),
    Voice(
        "Ada Nowicka, Bartek Zych, Celina Król, Daria Lis, Emil Sowa",
        ("", "Szczerze: ", "Mieszkam przy obwodnicy: "),
        ("w niedzielę słychać ptaki, pierwszy raz od dwudziestu lat.",
         "dostawy muszą którędyś jechać.",
         "bez dodatkowych tramwajów to się nie uda.",
         "most zachodni już teraz stoi."),
        ("", "Sprawdziłam trzy razy.", "Jeżdżę tędy codziennie."),
        ("", "Spróbujmy przez rok.", "Tyle ode mnie."),
        ("Nieprawda: ", "Właśnie, a ", "No tak, ale "),
    ),
    Voice(
        "Anna Conti, Biagio Serra, Carlotta Pini, Dario Greco",
        ("", "Onestamente, ", "Da tassista: "),
        ("la domenica si sente il fiume.", "i negozi hanno venduto di più, non di meno.",
         "e chi fa i turni come torna a casa?", "il ponte ovest era già bloccato prima."),
        ("", "L'ho contato io.", "Pagina nove!"),
        ("", "Proviamo un anno.", "Ecco, l'ho detto."),
        ("Non è vero: ", "Esatto, e ", "Sì, però "),
    ),
    Voice(
        "佐藤 葵, 鈴木 健, 田中 美咲, 伊藤 翔",
        ("", "正直に言うと、", "環状線の内側に住んでいます。"),
        ("日曜日の静けさは何にも代えられません。", "配送の車はどこを通るのでしょうか。",
         "バスの本数を増やさないと意味がないと思います。", "子どもたちが道路で遊ぶ姿を初めて見ました。"),
        ("", "自分で数えました。", "毎日通っています。"),
        ("", "まず一年試しましょう。", "以上です。"),
        ("少し違うと思います。", "その通りです。", "なるほど、ただ"),
    ),
    Voice(
        "سعاد مراد, كريم عيسى, هند يوسف, ماهر زين",
        ("", "بصراحة، ", "أسكن داخل الطريق الدائري: "),
        ("أيام الأحد أعادت لنا صوت النهر.", "لكن أين ستمر شاحنات التوصيل؟",
         "بدون حافلات إضافية لن ينجح الأمر.", "ابني مصاب بالربو، والفرق واضح."),
        ("", "عددت السيارات بنفسي.", "أعبر الجسر كل يوم."),
        ("", "لنجرب سنة واحدة.", "هذا رأيي."),
        ("لا أتفق: ", "صحيح، و", "ربما، لكن "),
    ),
    Voice(
        "נועה ברק, יואב שחר, מאיה גל, אורי נבו",
        ("", "בכנות, ", "אני גר בתוך הטבעת: "),
        ("בימי ראשון סוף סוף שומעים את הנהר.", "אבל לאן ילכו המשאיות?",
         "בלי עוד אוטובוסים זה לא יעבוד.", "הילדים מחליקים שם על גלגיליות!"),
        ("", "ספרתי בעצמי.", "אני נוסע שם כל יום."),
        ("", "ננסה שנה אחת.", "זהו."),
        ("לא מדויק: ", "בדיוק, ו", "אולי, אבל "),
    ),
    Voice(
        "Андрій Мельник, Богдана Шевчук, Віра Лисенко, Гліб Ткач",
        ("", "Чесно кажучи, ", "Живу біля мосту: "),
        ("у неділю нарешті чути річку.", "куди подінуться вантажівки, ніхто не пояснив.",
         "без частіших трамваїв це не спрацює.", "повітря біля школи справді краще."),
        ("", "Рахував сам.", "Їжджу тут щодня."),
        ("", "Спробуймо рік.", "Ось так."),
        ("Не згоден: ", "Саме так, і ", "Може, але "),
    ),
)  # fmt: skip


@dataclass
class Said:
    """One comment of the debate; `parent` is a place in the list it stands in."""

    name: str
    text: str
    parent: int | None
    is_deleted: bool = False


def debate(count: int, seed: int = 2026) -> list[Said]:
    """`count` comments: most answer something recent, some branches grow deep, a few are gone."""
    dice = random.Random(seed)
    said: list[Said] = []
    spoken: list[Voice] = []
    for number in range(count):
        parent = _parent(dice, number)
        voice = dice.choices(VOICES, [each.weight for each in VOICES])[0]
        if parent is not None and dice.random() < 0.6:
            voice = spoken[parent]
        said.append(
            Said(_name(dice, voice), _text(dice, voice, parent), parent, dice.random() < 0.012)
        )
        spoken.append(voice)
    return said


def _parent(dice: random.Random, number: int) -> int | None:
    if number < 5 or dice.random() < 0.3:
        return None
    # Somebody answers what he has just read (deep branches) or what stands at the top (wide ones).
    return number - dice.randint(1, 5) if dice.random() < 0.6 else dice.randrange(number)


def _name(dice: random.Random, voice: Voice) -> str:
    return dice.choice(voice.names.split(", "))


def _text(dice: random.Random, voice: Voice, parent: int | None) -> str:
    opener = dice.choice(voice.openers if parent is None else voice.answers)
    first, second = dice.sample(voice.claims, 2)
    if not opener or opener.rstrip()[-1] in ".!?":
        first = _sentence(first)
    paragraphs = [_sentence(opener + first)]
    if dice.random() < 0.25:
        paragraphs.append(_sentence(second))
    for part in (dice.choice(voice.details), dice.choice(voice.closers)):
        paragraphs[-1] += f" {part}" if part else ""
    return "\n\n".join(paragraphs)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]

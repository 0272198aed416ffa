"""The first start: a forum, its past from an export, and a lively last hour through the API."""

import random
import shutil
from typing import Any
from urllib.parse import quote

from demo.articles import ARTICLES, BY_SLUG
from demo.export import export
from demo.product import FORUM, MODERATOR, Product

VOTERS = [
    "Ida Berg",
    "Tomás Vega",
    "Noor Haddad",
    "Felix Baum",
    "Priya Nair",
    "Luca Moretti",
    "Zofia Maj",
    "Hana Ito",
    "Omar Said",
    "Clara Duval",
    "Jens Holt",
    "Mira Cohen",
]

# (article, who, what, answers the comment whose text begins so)
LATELY = (
    ("ferry", "Ida Berg", "Just booked. If anybody here is on the crossing of the 12th, I am the "
     "one with the green thermos.", None),
    ("ferry", "Luca Moretti", "> the cutlery stop\n\nI grew up on a ship and never had a word for "
     "that moment. Now I do. *The long room.*", None),
    ("ferry", "Clara Duval", "Le 12 aussi ! Je cherche le thermos vert.", "Just booked"),
    ("bread", "Felix Baum", "Bei mir hat es mit **72 % Wasser** geklappt, mit mehr wurde es Suppe.",
     None),
    ("ring-road", "Priya Nair", "Five thousand comments, and I read the last two hundred on the "
     "bus. Which was late.", None),
    ("sterne", "Jens Holt", "Heute Nacht 400 gezählt, mit Handschuhen. Es wird.", None),
)  # fmt: skip
# Many links from people whom nobody knows yet wait for a moderator.
DOUBTFUL = (
    ("ferry", "Zofia Maj", "The timetables, scanned: https://harbour.example/1971 "
     "https://harbour.example/1974 https://harbour.example/1980"),
    ("bread", "Best Deals 24", "Great post!! cheap ovens https://ovens.example/buy and "
     "https://ovens.example/now and https://ovens.example/sale"),
    ("ring-road", "Tomás Vega", "El anexo, por partes: https://city.example/a1.pdf, "
     "https://city.example/a2.pdf y https://city.example/a3.pdf"),
    ("ferry", "Omar Said", "My photographs of the last summer crossing, if the editors want them: "
     "https://photos.example/omar/1 https://photos.example/omar/2 https://photos.example/omar/3"),
)  # fmt: skip
FLAGGED = (
    ("ferry", "Sentimental. I spent", "abuse"),
    ("bread", "made this four times", "off-topic"),
    ("ring-road", "", "other"),
)


def begin(product: Product, home: str) -> None:
    """Give an empty data folder its forum; a folder that has one is left as it is."""
    done, unfinished = (product.data / f"demo-{state}" for state in ("has-begun", "begins"))
    if done.exists():
        return
    if unfinished.exists():
        # An earlier first start was stopped half way. The mark says that the folder is ours.
        shutil.rmtree(product.data)
    product.data.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    print("  First start: making a forum and importing its past …", flush=True)
    # Ten people who talk within one second are more than the limits allow: they rest meanwhile.
    with product.running(VOXPOP_LIMITS="off"):
        origins = [home, home.replace("127.0.0.1", "localhost")]
        options = [part for origin in origins for part in ("--origin", origin)]
        product.command("forum", "create", FORUM, *options, "--owner", MODERATOR)
        _import_past(product, home)
        _talk(product, home)
    unfinished.rename(done)


def _import_past(product: Product, home: str) -> None:
    file = product.data / "lantern-export.xml"
    past = [article for article in ARTICLES if article.slug != "archive"]
    file.write_text("".join(export(home, past)))
    product.command("import", "disqus", str(file), "--forum", FORUM)
    file.unlink()


def _talk(product: Product, home: str) -> None:
    tokens = {name: _guest(product, name) for name in [*VOTERS, "Best Deals 24"]}
    for slug, name, text, answered in LATELY:
        parent = _find(product, slug, answered)["id"] if answered else None
        _post(product, home, tokens[name], slug, text, parent)
    for slug, name, text in DOUBTFUL:
        _post(product, home, tokens[name], slug, text)
    for slug, beginning, reason in FLAGGED:
        flagged = _find(product, slug, beginning)["id"]
        for name in VOTERS[:2]:
            product.ask("PUT", f"/comments/{flagged}/flag", {"reason": reason}, token=tokens[name])
    _vote(product, {name: tokens[name] for name in VOTERS})
    editor = product.command_json("token", "create", "--email", MODERATOR)["token"]
    answer = "Welcome aboard. The cook says he will keep the *good* coffee for readers."
    _post(product, home, editor, "ferry", answer, _find(product, "ferry", "Just booked")["id"])


def _vote(product: Product, tokens: dict[str, str]) -> None:
    """Earlier comments had more time to be liked; a few of them are not."""
    dice = random.Random(7)
    for slug in ("ferry", "bread", "ring-road"):
        for comment in _comments(product, slug)[:25]:
            liking = dice.random() ** 1.5
            for name, token in tokens.items():
                if name != comment["author"]["name"] and dice.random() < liking:
                    value = -1 if dice.random() < 0.08 else 1
                    product.ask(
                        "PUT", f"/comments/{comment['id']}/vote", {"value": value}, token=token
                    )


def _guest(product: Product, name: str) -> str:
    token: str = product.ask("POST", "/guests", {"forum": FORUM, "name": name})["token"]
    return token


def _post(
    product: Product, home: str, token: str, slug: str, source: str, parent: str | None = None
) -> None:
    title = BY_SLUG[slug].title
    thread = {"identifier": slug, "url": f"{home}/{slug}/", "title": title}
    body = {"thread": thread, "source": source, "parent": parent}
    product.ask("POST", f"/forums/{FORUM}/comments", body, token=token)


def _comments(product: Product, slug: str) -> list[dict[str, Any]]:
    thread = product.ask("GET", f"/forums/{FORUM}/threads?identifier={quote(slug)}")
    page = product.ask("GET", f"/threads/{thread['id']}/comments?sort=newest&limit=100")
    comments: list[dict[str, Any]] = page["comments"]
    return [comment for comment in comments if comment["status"] == "published"]


def _find(product: Product, slug: str, beginning: str) -> dict[str, Any]:
    return next(
        comment for comment in _comments(product, slug) if beginning in comment.get("html", "")
    )

"""What a reader downloads before the first comment can be read, as it is sent (gzip)."""

import gzip
import re

import rcssmin
import rjsmin

from voxpop.embed.views import SCRIPTS, minified

LOADER_LIMIT = 3 * 1024
READER_LIMIT = 15 * 1024
_IMPORT = re.compile(r'^(?:import|export) [^;]*?from "\./([^"]+)";|^import "\./([^"]+)";', re.M)


def compressed(body: bytes) -> int:
    return len(gzip.compress(body, 6))


def modules_of(entry: str) -> set[str]:
    """The entry and every module that it loads at once (not what it imports at need)."""
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            text = (SCRIPTS / name).read_text()
            waiting += [first or second for first, second in _IMPORT.findall(text)]
    return found


def test_the_loader_is_small() -> None:
    assert compressed(minified("loader.js")) <= LOADER_LIMIT
    assert compressed(minified("count.js")) <= LOADER_LIMIT


def test_everything_before_the_first_comment_is_small() -> None:
    modules = modules_of("reader.js")
    assert {"reader.js", "tree.js", "facts.js", "dom.js", "tail.js"} <= modules
    scripts = sum(
        compressed(rjsmin.jsmin((SCRIPTS / name).read_text()).encode()) for name in modules
    )
    style = compressed(rcssmin.cssmin((SCRIPTS / "embed.css").read_text()).encode())
    assert compressed(minified("loader.js")) + scripts + style <= READER_LIMIT


def test_the_editor_is_not_among_it() -> None:
    assert not [name for name in modules_of("reader.js") if name.startswith("write/")]


def test_every_module_that_is_loaded_at_once_is_preloaded() -> None:
    page = (SCRIPTS.parent.parent / "templates" / "embed" / "thread.html").read_text()
    page = re.sub(r"{% if forum.shows_more %}.*?{% endif %}", "", page, flags=re.DOTALL)
    assert set(re.findall(r'static "embed/([\w/]+\.js)"', page)) == modules_of("reader.js")

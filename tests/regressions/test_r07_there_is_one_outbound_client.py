"""SAFETY R07: Remark42 guarded its image proxy and forgot its title fetcher. One client only."""

import ast
from pathlib import Path

import pytest

import voxpop

PACKAGE = Path(voxpop.__file__).parent
# Commands for operators: they speak to parts that they have started themselves, and no request
# reaches them (nothing but the command line may import them: the ladder in pyproject.toml).
COMMANDS = {"audit", "stack"}
CLIENTS = {
    *("http.client", "urllib.request", "requests", "httpx", "aiohttp", "urllib3", "pycurl"),
    *("httplib2", "httpcore", "treq", "ftplib", "telnetlib", "xmlrpc.client"),
}


def imported(source: str) -> set[str]:
    """Every module named by an import statement or by `import_module("…")`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call):
            found |= {str(word.value) for word in node.args if isinstance(word, ast.Constant)}
    return found


def clients_in(source: str) -> set[str]:
    names = imported(source)
    return {
        client
        for client in CLIENTS
        if any(name == client or name.startswith(f"{client}.") for name in names)
    }


@pytest.mark.broad
def test_no_module_but_outbound_imports_an_http_client():
    guilty = {
        str(path.relative_to(PACKAGE)): clients_in(path.read_text())
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "outbound.py"
        and "tests" not in path.parts
        and path.relative_to(PACKAGE).parts[0] not in COMMANDS
    }
    assert {path: clients for path, clients in guilty.items() if clients} == {}


def test_the_check_sees_every_way_to_import():
    for line in (
        "import requests",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client as hc",
        "from http import client",
        "__import__('httpx')",
        "importlib.import_module('aiohttp')",
    ):
        assert clients_in(line), line
    assert clients_in("from http import HTTPStatus\nfrom urllib.parse import quote") == set()

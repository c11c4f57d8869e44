"""What docs/requirements.md states is held against contracts, files and tests; each check is seen to fail once."""

import pytest

from contracts_tool import layout, requirements

HEAD = "| id | in short | state | calls | files | tests | missing |\n|---|---|---|---|---|---|---|\n"
WORKS = "| APL-1 | digging | works | `Dig` | `Services/Garden` | `Tests/GardenTests/DigTests.swift` | |\n"
PARTLY = "| APL-2 | sowing | partly | `Sow` | `Services/Garden` | `Tests/endtoend/test_garden.py` | Beans. |\n"
NOT_YET = "| APL-2a | reaping | not yet | | | | |\n"


@pytest.fixture
def garden(tmp_path):
    """A repository with two calls, one folder and two files of tests."""
    contracts = tmp_path / "proto/zhitongche/appeal/v1"
    contracts.mkdir(parents=True)
    (contracts / "appeal_service.proto").write_text(
        "service AppealService {\n  rpc Dig(DigRequest) returns (DigResponse);\n"
        "  rpc Sow(SowRequest) returns (SowResponse);\n}\n",
        encoding="utf-8",
    )
    (tmp_path / "Services/Garden").mkdir(parents=True)
    (tmp_path / "Tests/GardenTests").mkdir(parents=True)
    (tmp_path / "Tests/GardenTests/DigTests.swift").write_text(
        '@Suite("The garden")\nstruct DigTests {\n    @Test(\n        "APL-1, APL-10 one digs")\n    func dig() {}\n}\n',
        encoding="utf-8",
    )
    (tmp_path / "Tests/endtoend").mkdir(parents=True)
    (tmp_path / "Tests/endtoend/test_garden.py").write_text("def test_sowing():\n    pass\n", encoding="utf-8")
    return tmp_path


def found(garden, rows, heading="appeal"):
    return requirements.faults(garden, f"## {heading}\n\n{HEAD}{rows}")


def test_the_document_is_true():
    text = (layout.REPOSITORY / requirements.DOCUMENT).read_text(encoding="utf-8")
    assert requirements.faults(layout.REPOSITORY, text) == []
    rows, _ = requirements.read(text)
    assert {row.prefix for row in rows} == {prefix for prefix, _ in requirements.HEADINGS.values()}


def test_a_true_table_has_no_faults(garden):
    assert found(garden, WORKS + PARTLY + NOT_YET) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (WORKS + WORKS + PARTLY, "twice"),
        (PARTLY + WORKS, "not in order"),
        (WORKS + NOT_YET + PARTLY, "not in order"),
        (WORKS + PARTLY + NOT_YET.replace("2a", "4"), "left out"),
        (WORKS + PARTLY + "| PRJ-3 | reaping | not yet | | | | |\n", "no row"),
        (WORKS + PARTLY + "| APL-3 | reaping | not yet |\n", "no row"),
        (WORKS + PARTLY.replace("partly", "nearly"), "unknown state"),
        (WORKS.replace("Dig`", "Digg`", 1) + PARTLY, "no call AppealService.Digg"),
        (WORKS + PARTLY.replace("`Sow`", ""), "AppealService.Sow: no requirement names it"),
        (WORKS.replace("Services/Garden", "Services/Gardens") + PARTLY, "no Services/Gardens"),
        (WORKS + PARTLY.replace("test_garden", "test_gardens"), "no Tests/endtoend/test_gardens.py"),
        (WORKS + PARTLY.replace("Beans.", ""), "missing is not said"),
        (WORKS + PARTLY.replace("`Services/Garden`", ""), "no files or no tests"),
        (WORKS + PARTLY + NOT_YET.replace("not yet | |", "not yet | `Dig` |"), "has calls"),
        # APL-10 is in the title of the test and is not APL-1; a Python file without the identifier is no proof either.
        (WORKS + PARTLY.replace("partly", "works"), "APL-2: no test"),
    ],
)
def test_what_is_not_true_is_named(garden, rows, words):
    assert any(words in fault for fault in found(garden, rows)), found(garden, rows)


def test_an_identifier_is_not_a_part_of_another(garden):
    path = garden / "Tests/GardenTests/DigTests.swift"
    assert requirements.carries(path, "APL-1") and requirements.carries(path, "APL-10")
    path.write_text('@Test("APL-10 one digs, ENT-12a too") func dig() {} // APL-1\n', encoding="utf-8")
    assert not requirements.carries(path, "APL-1") and not requirements.carries(path, "ENT-12")


def test_an_unknown_heading_is_named(garden):
    assert any("unknown heading" in fault for fault in found(garden, "", heading="flowers"))

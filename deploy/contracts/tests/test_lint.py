"""XCT-1: each fault of style, seeded once, is named with file, line and reason."""

import json

import pytest

from contracts_tool import check, layout, lint

FILE = "zhitongche/garden/v1/garden_service.proto"


def test_a_faultless_set_has_no_faults(contracts):
    assert lint.faults(contracts.root) == []
    assert check.refused_by_c(contracts.root) == []


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("// A plant.\n", "", "message Plant: has no comment above it"),
        ("  // Height in millimetres.\n", "", "field Plant.height: has no comment above it"),
        ("  // Where it stands.\n", "", "oneof Plant.spot: has no comment above it"),
        ("    // Bed.\n", "", "field Plant.bed: has no comment above it"),
        ("// The states of a plant.\n", "", "enum PlantState: has no comment above it"),
        ("  // Grows.\n", "", "value PlantState.PLANT_STATE_GROWING: has no comment above it"),
        ("// Keeps plants.\n", "", "service GardenService: has no comment above it"),
        ("  // One plant.\n", "", "call GardenService.GetPlant: has no comment above it"),
        ("// Calls of the garden.\n", "", "file: has no comment above its syntax line"),
        ("string plant_id = 1;", "string plantId = 1;", "field Plant.plantId: is not lower_snake_case"),
        ("oneof spot", "oneof Spot", "oneof Plant.Spot: is not lower_snake_case"),
        ("// A plant.\n", "// Odd.\nmessage odd_one {}\n\n// A plant.\n", "message odd_one: is not UpperCamelCase"),
        (
            "  int32 height = 2;",
            "  optional int32 height = 2;",
            "field Plant.height: is optional, which protoc-c refuses; use a message or a oneof",
        ),
        (
            "PLANT_STATE_UNSPECIFIED = 0",
            "PLANT_STATE_NONE = 0",
            "value PlantState.PLANT_STATE_NONE: is the zero value and must be PLANT_STATE_UNSPECIFIED",
        ),
        ("PLANT_STATE_DEAD", "DEAD", "value PlantState.DEAD: does not begin with PLANT_STATE_"),
        ("PLANT_STATE_DEAD", "PLANT_STATE_dead", "value PlantState.PLANT_STATE_dead: is not UPPER_SNAKE_CASE"),
        ("service GardenService", "service Garden", "service Garden: is not named GardenService"),
        (
            "rpc GetPlant(GetPlantRequest)",
            "rpc FindPlant(GetPlantRequest)",
            "call GardenService.FindPlant: has zhitongche.garden.v1.GetPlantRequest "
            "where zhitongche.garden.v1.FindPlantRequest is the rule",
        ),
        (
            "returns (GetPlantResponse)",
            "returns (Plant)",
            "call GardenService.GetPlant: has zhitongche.garden.v1.Plant "
            "where zhitongche.garden.v1.GetPlantResponse is the rule",
        ),
        (
            "  // Highest number of entries.\n  int32 page_size = 1;\n",
            "",
            "call GardenService.ListPlants: is a list, so ListPlantsRequest needs int32 page_size",
        ),
        (
            "string page_token = 2;",
            "int32 page_token = 2;",
            "call GardenService.ListPlants: is a list, so ListPlantsRequest needs string page_token",
        ),
        (
            "next_page_token",
            "more",
            "call GardenService.ListPlants: is a list, so ListPlantsResponse needs string next_page_token",
        ),
        (
            "package zhitongche.garden.v1;",
            "package zhitongche.gardens.v1;",
            "package: is zhitongche.gardens.v1, the folder asks for zhitongche.garden.v1",
        ),
        (
            'import "zhitongche/common/v1/types.proto";',
            'import "zhitongche/common/v1/types.proto";\nimport "grpc/other.proto";',
            'import "grpc/other.proto": is neither common, nor of this package, nor google/protobuf',
        ),
    ],
)
def test_a_seeded_fault_is_named(contracts, old, new, expected):
    contracts.write("grpc/other.proto", '// Other.\nsyntax = "proto3";\npackage grpc.other;\n')
    contracts.replace(old, new)
    found = lint.faults(contracts.root)
    assert any(fault.startswith(f"proto/{FILE}:") and fault.endswith(f": {expected}") for fault in found), found


def test_the_line_of_a_fault_is_named(contracts):
    contracts.replace("  // Height in millimetres.\n", "")
    lines = contracts.path(FILE).read_text().splitlines()
    line = lines.index("  int32 height = 2;") + 1
    assert lint.faults(contracts.root) == [f"proto/{FILE}:{line}: field Plant.height: has no comment above it"]


def test_a_service_without_events_file_is_named(contracts):
    contracts.path("zhitongche/garden/v1/garden_events.proto").unlink()
    assert lint.faults(contracts.root) == [
        "proto/zhitongche/garden/v1/garden_events.proto: is missing; "
        "every service has one file for calls and one for events"
    ]


def test_a_file_of_another_name_is_named(contracts):
    contracts.write("zhitongche/garden/v1/tools.proto", '// T.\nsyntax = "proto3";\npackage zhitongche.garden.v1;\n')
    assert lint.faults(contracts.root) == [
        "proto/zhitongche/garden/v1/tools.proto:2: file name: does not begin with garden_"
    ]


def test_a_service_outside_its_file_is_named(contracts):
    contracts.replace(
        "// A plant was planted.",
        "// Extra.\nservice GardenService2 {}\n// A plant was planted.",
        "zhitongche/garden/v1/garden_events.proto",
    )
    found = lint.faults(contracts.root)
    assert found[0].endswith(": service GardenService2: belongs in garden_service.proto")


def test_an_exception_needs_a_reason_and_a_call(contracts):
    contracts.replace("returns (GetPlantResponse)", "returns (Plant)")
    path = contracts.root / lint.EXCEPTIONS
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"zhitongche.garden.v1.GardenService.GetPlant": "A plant is the whole answer."}))
    assert lint.faults(contracts.root) == []
    path.write_text(
        json.dumps({"zhitongche.garden.v1.GardenService.GetPlant": " ", "zhitongche.garden.v1.GardenService.No": "x"})
    )
    assert lint.faults(contracts.root) == [
        f"{lint.EXCEPTIONS}: zhitongche.garden.v1.GardenService.GetPlant: gives no reason",
        f"{lint.EXCEPTIONS}: zhitongche.garden.v1.GardenService.No: there is no such call",
    ]


def test_a_file_that_the_c_compiler_refuses_is_named(contracts):
    contracts.replace("  int32 height = 2;", "  optional int32 height = 2;")
    found = check.refused_by_c(contracts.root)
    assert len(found) == 1
    assert found[0].startswith(f"proto/{FILE}: protoc-c failed:")


def test_words_become_constants():
    assert lint.constant_name("UnitPeriod") == "UNIT_PERIOD"
    assert lint.constant_name("SMSKind") == "SMS_KIND"


def test_the_real_contracts_are_faultless():
    assert lint.faults(layout.REPOSITORY) == []
    assert check.refused_by_c(layout.REPOSITORY) == []

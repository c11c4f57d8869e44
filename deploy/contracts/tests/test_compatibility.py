"""XCT-2: each break with a released version, seeded once, is named."""

import pytest
from google.protobuf import descriptor_pb2

from contracts_tool import check, compatibility, layout, release

PLANT = "zhitongche.garden.v1.Plant"


def keep(contracts, version):
    folder = contracts.root / layout.RELEASED
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{version}.binpb").write_bytes(layout.descriptor_set(contracts.root).SerializeToString())


@pytest.mark.parametrize(
    "old, new, expected",
    [
        (
            "  // Height in millimetres.\n  int32 height = 2;\n",
            "",
            [f'field {PLANT}.height: was removed without reserving number 2 and name "height"'],
        ),
        (
            "  // Height in millimetres.\n  int32 height = 2;\n",
            "  reserved 2;\n",
            [f'field {PLANT}.height: was removed without reserving name "height"'],
        ),
        ("int32 height = 2;", "int32 height = 8;", [f"field {PLANT}.height: changed its number from 2 to 8"]),
        ("int32 height = 2;", "int64 height = 2;", [f"field {PLANT}.height: changed its type from int32 to int64"]),
        ("int32 height = 2;", "sint32 height = 2;", [f"field {PLANT}.height: changed its type from int32 to sint32"]),
        (
            "zhitongche.common.v1.Money price = 5;",
            "PlantState price = 5;",
            [f"field {PLANT}.price: changed its type from zhitongche.common.v1.Money to zhitongche.garden.v1.PlantState"],
        ),
        ("repeated string names", "string names", [f"field {PLANT}.names: changed from repeated to single"]),
        ("  int32 height = 2;", "  repeated int32 height = 2;", [f"field {PLANT}.height: changed from single to repeated"]),
        ("int32 height = 2;", "int32 tallness = 2;", [f"field {PLANT}.height: was renamed to tallness (number 2)"]),
        (
            "int32 height = 2;",
            'int32 height = 2 [json_name = "tall"];',
            [f"field {PLANT}.height: changed its JSON name from height to tall"],
        ),
        (
            "    // Pot.\n    string pot = 7;\n  }\n",
            "  }\n  // Pot.\n  string pot = 7;\n",
            [f"field {PLANT}.pot: moved from oneof spot to no oneof"],
        ),
        ("oneof spot", "oneof place", [
            f"field {PLANT}.bed: moved from oneof spot to oneof place",
            f"field {PLANT}.pot: moved from oneof spot to oneof place",
        ]),
        ("  reserved 9;\n", "", [f"message {PLANT}: number 9 is no longer reserved"]),
        ('  reserved "soil";\n', "", [f'message {PLANT}: name "soil" is no longer reserved']),
        (
            "  // Is dead.\n  PLANT_STATE_DEAD = 2;\n",
            "",
            ["value zhitongche.garden.v1.PlantState.PLANT_STATE_DEAD: was removed"],
        ),
        (
            "PLANT_STATE_DEAD = 2",
            "PLANT_STATE_DEAD = 3",
            ["value zhitongche.garden.v1.PlantState.PLANT_STATE_DEAD: changed its number from 2 to 3"],
        ),
        (
            "PLANT_STATE_DEAD = 2",
            "PLANT_STATE_GONE = 2",
            ["value zhitongche.garden.v1.PlantState.PLANT_STATE_DEAD: was renamed to PLANT_STATE_GONE (number 2)"],
        ),
        (
            "  // One plant.\n  rpc GetPlant(GetPlantRequest) returns (GetPlantResponse);\n",
            "",
            ["call zhitongche.garden.v1.GardenService.GetPlant: was removed"],
        ),
        (
            "rpc GetPlant(GetPlantRequest)",
            "rpc GetPlant(ListPlantsRequest)",
            [
                "call zhitongche.garden.v1.GardenService.GetPlant: changed its request from "
                "zhitongche.garden.v1.GetPlantRequest to zhitongche.garden.v1.ListPlantsRequest"
            ],
        ),
        (
            "returns (GetPlantResponse)",
            "returns (Plant)",
            [
                "call zhitongche.garden.v1.GardenService.GetPlant: changed its response from "
                "zhitongche.garden.v1.GetPlantResponse to zhitongche.garden.v1.Plant"
            ],
        ),
        (
            "returns (GetPlantResponse)",
            "returns (stream GetPlantResponse)",
            ["call zhitongche.garden.v1.GardenService.GetPlant: changed whether responses stream"],
        ),
        (
            "rpc GetPlant(GetPlantRequest)",
            "rpc GetPlant(stream GetPlantRequest)",
            ["call zhitongche.garden.v1.GardenService.GetPlant: changed whether requests stream"],
        ),
        ("service GardenService", "service ParkService", ["service zhitongche.garden.v1.GardenService: was removed"]),
    ],
)
def test_a_seeded_break_is_named(contracts, old, new, expected):
    keep(contracts, "1.0.0")
    contracts.replace(old, new)
    assert check.broken_releases(contracts.root) == [f"breaks 1.0.0: {sentence}" for sentence in expected]


def test_a_removed_file_and_message_are_named(contracts):
    keep(contracts, "1.0.0")
    contracts.path("zhitongche/garden/v1/garden_events.proto").unlink()
    assert check.broken_releases(contracts.root) == [
        "breaks 1.0.0: file zhitongche/garden/v1/garden_events.proto: was removed",
        "breaks 1.0.0: message zhitongche.garden.v1.PlantPlanted: was removed",
    ]


def test_every_released_version_counts_not_only_the_last(contracts):
    keep(contracts, "1.2.0")
    contracts.replace("int32 height = 2;", "int64 height = 2;")
    keep(contracts, "1.10.0")
    assert [version for version, _ in compatibility.released(contracts.root)] == ["1.2.0", "1.10.0"]
    assert check.broken_releases(contracts.root) == [
        f"breaks 1.2.0: field {PLANT}.height: changed its type from int32 to int64"
    ]


@pytest.mark.parametrize(
    "old, new",
    [
        ("  int32 height = 2;\n", "  int32 height = 2;\n  // Width.\n  int32 width = 8;\n"),
        ("  // Height in millimetres.\n  int32 height = 2;\n", '  reserved 2;\n  reserved "height";\n'),
        ("  PLANT_STATE_DEAD = 2;\n", "  PLANT_STATE_DEAD = 2;\n  // Sleeps.\n  PLANT_STATE_ASLEEP = 3;\n"),
        ("// A plant.\n", "// A plant in other words.\n"),
        ("    string pot = 7;\n", "    string pot = 7;\n    // Field.\n    string field = 8;\n"),
    ],
)
def test_an_allowed_change_is_no_break(contracts, old, new):
    keep(contracts, "1.0.0")
    contracts.replace(old, new)
    assert check.broken_releases(contracts.root) == []


def test_a_release_is_refused_unless_it_is_the_highest(contracts, monkeypatch):
    monkeypatch.setattr(release.generation, "stale", lambda root: [])
    assert str(release.write(contracts.root, "1.0.0")) == f"{layout.RELEASED}/1.0.0.binpb"
    for version, message in [
        ("1.0.0", "1.0.0: is not higher than the last released version, 1.0.0"),
        ("0.9.9", "0.9.9: is not higher than the last released version, 1.0.0"),
        ("1.1", "1.1: is not of the form X.Y.Z"),
    ]:
        with pytest.raises(layout.ContractError, match=f"^{message}$"):
            release.write(contracts.root, version)
    contracts.replace("int32 height = 2;", "int64 height = 2;")
    with pytest.raises(layout.ContractError, match="breaks 1.0.0: field .*height: changed its type"):
        release.write(contracts.root, "1.0.1")


def all_messages(scope, messages):
    for message in messages:
        yield f"{scope}.{message.name}", message
        yield from all_messages(f"{scope}.{message.name}", message.nested_type)


def test_in_the_real_contracts_no_message_can_lose_its_last_field_unseen():
    """A break seeded into every message that we publish."""
    real = layout.descriptor_set(layout.REPOSITORY)
    assert compatibility.breaks(real, real) == []
    seeded = 0
    for at, file in enumerate(real.file):
        if file.name.startswith("google/"):
            continue
        one = descriptor_pb2.FileDescriptorSet(file=[file])
        broken = descriptor_pb2.FileDescriptorSet(file=[file])
        for name, message in all_messages(file.package, broken.file[0].message_type):
            if not message.field:
                continue
            removed = descriptor_pb2.FieldDescriptorProto()
            removed.CopyFrom(message.field[-1])
            del message.field[-1]
            assert compatibility.breaks(one, broken) == [
                f"field {name}.{removed.name}: was removed without reserving "
                f'number {removed.number} and name "{removed.name}"'
            ]
            message.field.append(removed)
            seeded += 1
    assert seeded > 50


def test_the_real_contracts_keep_every_released_version():
    assert check.broken_releases(layout.REPOSITORY) == []

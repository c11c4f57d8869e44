"""A small, faultless set of contracts in a folder of its own, for tests that seed one fault each."""

import pathlib
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "deploy/contracts"))

COMMON = """\
// Shared types.
syntax = "proto3";

package zhitongche.common.v1;

// An amount.
message Money {
  // Fen.
  int64 fen = 1;
}
"""

SERVICE = """\
// Calls of the garden.
syntax = "proto3";

package zhitongche.garden.v1;

import "zhitongche/common/v1/types.proto";

// Keeps plants.
service GardenService {
  // One plant.
  rpc GetPlant(GetPlantRequest) returns (GetPlantResponse);
  // All plants.
  rpc ListPlants(ListPlantsRequest) returns (ListPlantsResponse);
}

// The states of a plant.
enum PlantState {
  // Not stated.
  PLANT_STATE_UNSPECIFIED = 0;
  // Grows.
  PLANT_STATE_GROWING = 1;
  // Is dead.
  PLANT_STATE_DEAD = 2;
}

// A plant.
message Plant {
  reserved 9;
  reserved "soil";
  // Identifier.
  string plant_id = 1;
  // Height in millimetres.
  int32 height = 2;
  // Names.
  repeated string names = 3;
  // State.
  PlantState state = 4;
  // What it cost.
  zhitongche.common.v1.Money price = 5;
  // Where it stands.
  oneof spot {
    // Bed.
    string bed = 6;
    // Pot.
    string pot = 7;
  }
}

// Asks for one plant.
message GetPlantRequest {
  // Identifier.
  string plant_id = 1;
}

// One plant.
message GetPlantResponse {
  // The plant.
  Plant plant = 1;
}

// Asks for all plants.
message ListPlantsRequest {
  // Highest number of entries.
  int32 page_size = 1;
  // Where to go on.
  string page_token = 2;
}

// A page of plants.
message ListPlantsResponse {
  // The plants.
  repeated Plant plants = 1;
  // Token of the next page; empty on the last.
  string next_page_token = 2;
}
"""

EVENTS = """\
// Events of the garden.
syntax = "proto3";

package zhitongche.garden.v1;

// A plant was planted.
message PlantPlanted {
  // Identifier.
  string plant_id = 1;
}
"""


class Contracts:
    """A writable copy of the contracts."""

    def __init__(self, root):
        self.root = root
        self.write("zhitongche/common/v1/types.proto", COMMON)
        self.write("zhitongche/garden/v1/garden_service.proto", SERVICE)
        self.write("zhitongche/garden/v1/garden_events.proto", EVENTS)

    def path(self, file):
        return self.root / "proto" / file

    def write(self, file, text):
        self.path(file).parent.mkdir(parents=True, exist_ok=True)
        self.path(file).write_text(text, encoding="utf-8")

    def replace(self, old, new, file="zhitongche/garden/v1/garden_service.proto"):
        """Replaces a text that must be there, so that a test cannot pass by changing nothing."""
        text = self.path(file).read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        self.write(file, text.replace(old, new))


@pytest.fixture
def contracts(tmp_path):
    return Contracts(tmp_path)

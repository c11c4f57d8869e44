"""Committed code that no longer matches the contracts is named, without running the generators."""

import base64
import json
import re
import shutil

import pytest
from google.protobuf import descriptor_pb2

from contracts_tool import generation, layout


@pytest.fixture
def copy(tmp_path):
    """The parts of the repository that the manifest speaks of."""
    for part in ("proto", layout.GENERATED):
        shutil.copytree(layout.REPOSITORY / part, tmp_path / part)
    (tmp_path / layout.PLUGINS).parent.mkdir(parents=True)
    shutil.copyfile(layout.REPOSITORY / layout.PLUGINS, tmp_path / layout.PLUGINS)
    assert generation.stale(tmp_path) == []
    return tmp_path


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_changed_contract_is_named(copy):
    append(copy / "proto/zhitongche/common/v1/types.proto", "// More.\n")
    assert generation.stale(copy) == [
        "proto/zhitongche/common/v1/types.proto: changed after the generation; run deploy/contracts/generate"
    ]


def test_generated_code_edited_by_hand_is_named(copy):
    append(copy / layout.GENERATED / "Common/Descriptors.swift", "// More.\n")
    assert generation.stale(copy) == [
        "Shared/Contracts/Common/Descriptors.swift: was edited by hand; run deploy/contracts/generate"
    ]


def test_a_foreign_and_a_missing_file_are_named(copy):
    folder = copy / layout.GENERATED / "Common"
    (folder / "Own.swift").write_text("// Own.\n")
    (folder / "Descriptors.swift").unlink()
    assert generation.stale(copy) == [
        "Shared/Contracts/Common/Descriptors.swift: is gone; run deploy/contracts/generate",
        "Shared/Contracts/Common/Own.swift: is not in the manifest; run deploy/contracts/generate",
    ]


def test_other_generators_are_named(copy):
    path = copy / layout.PLUGINS
    text = path.read_text()
    path.write_text(re.sub(r'exact: "[^"]+"', 'exact: "9.9.9"', text, count=1))
    assert generation.stale(copy) == [
        "Shared/Contracts/manifest.json: was made with other plugins; run deploy/contracts/generate"
    ]


def test_a_missing_manifest_is_named(copy):
    (copy / layout.MANIFEST).unlink()
    assert generation.stale(copy) == ["Shared/Contracts/manifest.json: is missing; run deploy/contracts/generate"]


def test_the_manifest_names_versions_and_options(copy):
    kept = json.loads((copy / layout.MANIFEST).read_text())
    assert set(kept["plugins"]) == {"swift-protobuf", "grpc-swift-protobuf"}
    assert kept["options"]["protoc-gen-grpc-swift-2"]["Server"] == "true"


def test_embedded_descriptors_are_whole_and_follow_their_imports():
    """XCT-4: what reflection serves can be built into a pool by any client, file after file."""
    for path in sorted((layout.REPOSITORY / layout.GENERATED).glob("*/Descriptors.swift")):
        texts = re.findall(r'"""\n(.*?)\n        """', path.read_text(), flags=re.DOTALL)
        assert texts, path
        seen = set()
        for text in texts:
            data = base64.b64decode(re.sub(r"\\\n|\s", "", text), validate=True)
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            assert set(file.dependency) <= seen, file.name
            seen.add(file.name)
        assert any(name.startswith(("zhitongche/", "grpc/")) for name in seen)

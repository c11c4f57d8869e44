"""Where contracts and generated code lie, and how the compiler is called."""

import pathlib
import re
import subprocess
import tempfile

from google.protobuf import descriptor_pb2

#: Generated code lies below this folder, one sub-folder and one Swift module per package.
GENERATED = "Shared/Contracts"
#: Committed proof of what was generated from what.
MANIFEST = GENERATED + "/manifest.json"
#: Descriptor sets of the released versions.
RELEASED = "deploy/contracts/released"
#: The package that pins the two generators.
PLUGINS = "deploy/contracts/plugins/Package.swift"

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


class ContractError(Exception):
    """Something that stops a tool, said in words for the person at the terminal."""


def proto_files(root):
    """All files under proto/, relative to it, sorted."""
    base = root / "proto"
    return sorted(str(path.relative_to(base)) for path in base.rglob("*.proto"))


def folder_of(proto_file):
    """The sub-folder of Shared/Contracts (and prefix of the Swift module) for a file under proto/."""
    match = re.fullmatch(r"zhitongche/([a-z]+)/v\d+/[^/]+", proto_file)
    if match:
        return match.group(1).capitalize()
    if proto_file.startswith("grpc/"):
        return "Grpc"
    raise ContractError(f"proto/{proto_file}: lies neither in zhitongche/<service>/v<N>/ nor in grpc/")


def module_of(proto_file):
    """The Swift module that holds the code of a file under proto/."""
    return folder_of(proto_file) + "Contracts"


def run(command, **options):
    """Runs a tool and returns its standard output; its complaint becomes a ContractError."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except FileNotFoundError as error:
        raise ContractError(f"{command[0]} is missing; run deploy/install-packages") from error
    if done.returncode != 0:
        raise ContractError(f"{command[0]} failed:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def descriptor_set(root, source_info=False):
    """Compiles everything under proto/, with imports, imports first."""
    files = proto_files(root)
    if not files:
        raise ContractError(f"{root / 'proto'}: holds no contracts")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "set.binpb")
        run(
            ["protoc", "-I", str(root / "proto"), "--include_imports", f"--descriptor_set_out={out}"]
            + (["--include_source_info"] if source_info else [])
            + files
        )
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def plugin_versions(root):
    """The pinned versions of the generators, by package name."""
    text = (root / PLUGINS).read_text(encoding="utf-8")
    return dict(re.findall(r'url: "[^"]*/([^"/]+)", exact: "([^"]+)"', text))

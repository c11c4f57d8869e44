"""One installation for all tests; each leaves it running and whole."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

# What follows needs the folder above in the path.
from client import Client  # noqa: E402
from installation import Installation, is_open, processes_with  # noqa: E402

ENTERPRISES = 1500


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """The whole product, started once; in the end it is removed, and nothing of it may be left."""
    installation = Installation(tmp_path_factory.mktemp("installation") / "run", ENTERPRISES)
    try:
        installation.up("--no-scenario")
        yield installation
        ports = installation.ports()
    finally:
        cluster = pathlib.Path(installation.stack('printf %s "$cluster"'))
        installation.down("--purge")
    left = processes_with("ZTC_RUN", str(installation.run))
    assert left == {}, "processes are left"
    assert [port for port in ports if is_open(port)] == [], "ports are still open"
    assert not cluster.exists() and not installation.run.exists()


@pytest.fixture(scope="session")
def client(installation):
    return Client(installation)

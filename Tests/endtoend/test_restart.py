"""XCT-15: what was started can be stopped without a trace and started again with its data."""

import re

from conftest import ENTERPRISES
from installation import is_open, processes_with


def test_down_leaves_nothing_running_and_up_goes_on_with_the_same_data(client, installation):
    figures = """
        SELECT (SELECT count(*) FROM directory.unit), (SELECT count(*) FROM policy.point),
            (SELECT count(*) FROM enterprise.enterprise), (SELECT count(*) FROM notification.notice)
        """
    installation.wait_until_quiet()
    before, ports = installation.query(figures).stdout, installation.ports()
    installation.down()
    assert processes_with("ZTC_RUN", str(installation.run)) == {}
    assert [port for port in ports if is_open(port)] == []
    assert not (installation.run / "env").exists()
    installation.down()

    told = installation.up("--no-scenario").stdout
    assert "(0 new)" in told and "(0 newly published)" in told, told
    assert re.search(rf"0 new, 0 changed, {ENTERPRISES:,} unchanged, 0 rejected", told), told
    installation.wait_until_quiet()
    after = installation.query(figures).stdout
    assert after == before
    told = installation.ztc("load", "--enterprises", str(ENTERPRISES)).stdout
    assert "(0 new)" in told and "(0 newly published)" in told, told
    assert re.search(rf"0 new, 0 changed, {ENTERPRISES:,} unchanged, 0 rejected", told), told
    installation.scenario()

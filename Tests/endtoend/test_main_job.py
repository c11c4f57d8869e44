"""XCT-15, XCT-16: the main job and the operator's command line on a running installation."""

from installation import SERVICES


def test_the_main_job_runs_and_can_be_repeated(installation):
    """XCT-15: drafted, refused, published, matched, read by three enterprises, decoded outside; twice."""
    for _ in range(2):
        told = installation.scenario().stdout
        for words in ["SAME_PERSON", "ACTION_DENIED", "企业服务完成匹配", "符合", "不符合", "信息不足", "元/月"]:
            assert words in told, told
        assert "zhitongche.policy.v1.PointPublished" in told
        assert "zhitongche.enterprise.v1.AudienceChunk" in told
        table = told.rpartition("结果")[2]
        assert [word for word in ["符合", "不符合", "信息不足"] if f"  {word}  " in table] == ["符合", "不符合", "信息不足"]


def test_status_tells_every_service_as_documented(installation):
    """XCT-16."""
    installation.wait_until_quiet()
    status = installation.status()
    assert set(status) == set(SERVICES)
    for name, entry in status.items():
        assert set(entry) == {"service", "address", "health", "pending", "pending_age_seconds", "lag"}
        assert (entry["health"], entry["pending"], entry["pending_age_seconds"]) == ("SERVING", 0, None)
        assert entry["address"] == installation.address(name)
        # Policy and appeal read the topics of no other service.
        assert entry["lag"] == (None if name in ("policy", "appeal") else 0)
    table = installation.ztc("status").stdout
    assert all(name in table for name in SERVICES) and table.count("SERVING") == len(SERVICES)


def test_the_addresses_are_left_for_other_programs(installation):
    """XCT-15: a shell that reads the file can reach everything."""
    wanted = {"KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "ZTC_SECRETS", "ZTC_TOKEN"}
    wanted |= {f"{name.upper()}_GRPC" for name in SERVICES}
    assert wanted <= set(installation.addresses)
    assert (installation.run / "env").stat().st_mode & 0o077 == 0
    assert (installation.run / "secrets").stat().st_mode & 0o077 == 0
    assert installation.addresses["ZTC_TOKEN"].count(".") == 2


def test_secrets_are_not_in_the_logs(installation):
    """XCT-11."""
    secrets = {path.name: path.read_text().strip() for path in (installation.run / "secrets").iterdir()}
    secrets = {name: text for name, text in secrets.items() if "public" not in name and name != "accounts.json"}
    assert len(secrets) > 10
    for log in (installation.run / "log").iterdir():
        text = log.read_text(errors="replace")
        assert [name for name, secret in secrets.items() if secret in text] == [], log


def test_the_broker_conforms(installation):
    """XCT-16: the checks that every broker has to pass."""
    told = installation.ztc("conformance").stdout
    assert told.count("passed ") >= 8 and "FAILED" not in told

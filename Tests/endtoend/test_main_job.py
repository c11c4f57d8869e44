"""XCT-15, XCT-16: the whole story and the operator's command line on a running installation."""

import os
import random
import re
import time

from installation import SERVICES, eventually

WORDS = [
    # A policy finds its enterprises; an outside subscriber decodes the events.
    "SAME_PERSON",
    "ACTION_DENIED",
    "企业服务完成匹配",
    "zhitongche.policy.v1.PointPublished",
    "zhitongche.enterprise.v1.AudienceChunk",
    # Limits are counted day by day; staff read reminders and orders in their inbox.
    "放假（",
    "调休上班（",
    "时钟拨快",
    "经办岗收件箱：催办",
    "负责人收件箱：督办",
    "督办岗收件箱：催办",
    "预评估意见逾期未反馈",
    "亮黄灯",
    "亮红灯",
    "亮绿灯",
]


def table(told):
    """The rows of the table at the end, as subject, result and reason; the rule below its header divides."""
    below = told.rpartition(". 结果\n")[2].partition("───\n")[2]
    return [re.split(r" {2,}", line.strip()) for line in below.partition("\n\n")[0].splitlines()]


def test_the_whole_story_is_told_and_can_be_repeated(installation):
    """XCT-15: policy, enquiry, problem over a holiday, project and lights; the second telling has the same table."""
    first, second = (installation.scenario().stdout for _ in range(2))
    for told in (first, second):
        assert [word for word in WORDS if word not in told] == [], told
    rows = table(first)
    assert [row[1] for row in rows[:4]] == [rows[0][1], "符合", "不符合", "信息不足"], first
    assert "元/月" in rows[1][2]
    results = {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}
    assert results["咨询：新引进毕业生的人才津贴如何申领"][0] == "按期答复，评价 5 分"
    assert results["问题：配套企业续贷审批缓慢，流动资金紧张"] == (
        "逾期督办后解决并销号",
        "答复限 3 个工作日，跨假期和调休；评价 4 分",
    )
    assert results["项目：精密传动部件智能制造项目"] == (
        "预评估有条件通过，签约开工",
        "7 个部门提出意见，1 个逾期",
    )
    start = next(index for index, row in enumerate(rows) if row[0] == "项目亮灯")
    assert [rows[start][1], *(row[0] for row in rows[start + 1 : start + 4])] == ["绿灯", "黄灯", "红灯", "绿灯"]
    assert rows[start + 1][1].startswith("节点滞后天数 10") and rows[start + 2][1].startswith("节点滞后天数 31")
    assert table(second) == rows


def test_the_story_comes_out_the_same_when_every_service_is_killed_in_the_middle(installation):
    """XCT-8, XCT-14: kill -9 of each service at a random moment of the story, and its table is that of a quiet run."""
    quiet = installation.scenario().stdout
    steps = len(re.findall(r"^\d+\. ", quiet, flags=re.MULTILINE))
    seed = int(os.environ.get("ZTC_SEED") or random.randrange(1 << 32))
    print(f"seed {seed}; ZTC_SEED repeats the choice of moments")
    rng = random.Random(seed)
    victims = dict(zip(rng.sample(range(1, steps), len(SERVICES)), SERVICES, strict=True))
    told = []
    with installation.scenario_under_way() as story:
        for line in story.stdout:
            told.append(line)
            step = re.match(r"(\d+)\. ", line)
            victim = victims.pop(int(step[1]), None) if step else None
            if victim:
                process = installation.processes[victim]
                # The moment itself: the story goes on meanwhile and is somewhere within the step.
                time.sleep(rng.random() * 2)
                process.kill()
                process.start()
    told = "".join(told)
    assert story.returncode == 0, f"seed {seed}\n{told}"
    assert victims == {}, f"seed {seed}: not killed"
    assert table(told) == table(quiet), f"seed {seed}"
    installation.wait_until_quiet()


def test_status_tells_every_service_as_documented(installation):
    """XCT-16."""
    installation.wait_until_quiet()

    # The audit of what was asked just now may be on its way.
    def quiet():
        status = installation.status()
        return status if all(entry["pending"] == 0 and not entry["lag"] for entry in status.values()) else None

    status = eventually(quiet)
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

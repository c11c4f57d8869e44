"""Events per second: from committed rows of one service over the broker to effects in another."""

import statistics

from floors import HERE, Broker, check_statements, pgbench, write_events
from installation import wait_for
from rows import Row, middle, registry

TOPIC = "ztc.enterprise.enterprise.state.v1"


def events(installation, plan):
    """New enterprises, loaded while the relay is paused; then the time in which notification has taken in all."""
    steward = ("--target", installation.address("enterprise"), "--token", installation.token("gongxinju.shuju"))
    script = HERE / "pgbench" / "inbox.sql"
    probe = registry(installation, 3)
    check_statements(
        installation, script, "notification.enterprise (enterprise_id",
        lambda: (installation.run("benchmark", "load", *steward, "--file", probe), settled(installation)))
    found = {"ours": [], "batch": [], "produce": [], "consume": [], "pgbench": [], "floor": []}
    file = installation.folder / "enterprise-events"
    for _ in range(plan.rounds):
        rows = registry(installation, plan.events)
        resume = installation.pause_relay("enterprise")
        try:
            begin = int(installation.value("SELECT max(id) FROM enterprise.journal"))
            installation.run("benchmark", "load", *steward, "--file", rows)
        finally:
            resume()
        settled(installation)
        # The clock of the database timed both ends: the first row of the inbox and the last one.
        count, seconds, transactions = installation.sql(
            f"""SELECT count(*), extract(epoch FROM max(received_at) - min(received_at)), count(DISTINCT inbox.xmin::text)
                FROM notification.inbox JOIN enterprise.journal ON journal.event_id = inbox.id
                WHERE journal.id > {begin} AND inbox.topic = '{TOPIC}'""")[0]
        batch = max(1, round(int(count) / int(transactions)))
        found["ours"].append(int(count) / float(seconds))
        found["batch"].append(batch)
        write_events(installation, "enterprise", TOPIC, plan.events, file)
        with Broker(installation) as broker:
            raw = broker.measure("throughput", "--file", file)
        found["produce"].append(raw["rate"])
        found["consume"].append(raw["consumeRate"])
        found["pgbench"].append(inbox_floor(installation, script, batch, plan.events))
        found["floor"].append(1 / sum(1 / found[part][-1] for part in ("produce", "consume", "pgbench")))
    ratios = [own / floor for own, floor in zip(found["ours"], found["floor"])]
    return [Row(
        "events, committed to applied in another service", f"{middle(found['ours'])}/s",
        f"{middle(found['floor'])}/s (produce {middle(found['produce'])}, consume {middle(found['consume'])}, pgbench "
        f"{middle(found['pgbench'])})", ratios, ">= 0.5", statistics.median(ratios) >= 0.5,
        f"{middle(found['batch'])} events per transaction of the inbox, the same in pgbench, one client each")]


def settled(installation):
    """Waits until every event has left the journal and is in the reader's inbox."""
    wait_for(lambda: installation.pending("enterprise") == 0, 300, "the events leaving")
    wait_for(
        lambda: installation.value(
            "SELECT (SELECT count(*) FROM notification.enterprise) = (SELECT count(*) FROM enterprise.enterprise)") == "t",
        300, "the events being applied")


def inbox_floor(installation, template, batch, events):
    """Events per second of the inbox's transactions alone, on empty tables of the same definition."""
    url = installation.copy_schema(["notification"], "floor_inbox")
    number = max(2, events // batch)
    wide = ", ".join(
        f"(ids[{place}])::text AS key{place}, (number - 1) * {batch} + {place} AS ordinal{place}"
        for place in range(1, batch + 1))
    installation.sql(
        "CREATE SCHEMA floor",
        f"""CREATE TABLE floor.batch AS SELECT number, number * {batch} AS next, (number - 1) * {batch} AS expected,
                ids::text[] AS ids, ids::text[] AS keys, recorded, sources, partitions, offsets, seqs, {wide}
            FROM (SELECT number, array_agg(gen_random_uuid()) AS ids,
                      array_agg((extract(epoch FROM now()) * 1e6)::bigint + place) AS recorded,
                      array_agg('/zhitongche/enterprise'::text) AS sources,
                      array_agg(0) AS partitions, array_agg((number - 1) * {batch} + place - 1) AS offsets, array_agg(1) AS seqs
                  FROM generate_series(1, {number}) AS number, generate_series(1, {batch}) AS place
                  GROUP BY number) AS made""",
        "CREATE UNIQUE INDEX batch_number ON floor.batch (number)", "VACUUM ANALYZE floor.batch",
        f"""INSERT INTO notification.consumer_offset (cluster, consumer_group, topic, partition, next)
            VALUES ('floor', 'ztc.notification', '{TOPIC}', 0, 0)""", url=url)
    before, rest = template.read_text().split("-- each\n")
    each, after = rest.split("-- end\n")
    script = installation.folder / "inbox.sql"
    script.write_text(before + "".join(each.replace("#", str(place)) for place in range(1, batch + 1)) + after)
    rate = pgbench(url, script, 1, None, {
        "batch": 0, "cluster": "floor", "group": "ztc.notification", "topic": TOPIC, "partition": 0,
    }, transactions=number)
    return rate * batch

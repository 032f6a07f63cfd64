"""Spark at any ref: names of every kind, Iceberg's own time travel, write-audit-publish."""

import pytest
from engine import Engine, make_branch, make_tag, newest_commit
from tables import KINDS, append, make_table, state_of


def ids(engine: Engine, name: str, as_of: str = "") -> list[int]:
    return [row.id for row in engine.sql(f"SELECT id FROM {name} {as_of} ORDER BY id")]


def small_table(namespace: str, **properties: str) -> str:
    engine = Engine()
    table = f"{namespace}.t"
    options = ", ".join(f"'{name}'='{value}'" for name, value in {"format-version": "2", **properties}.items())
    name = f"{engine.at('main')}.{table}"
    engine.sql(f"CREATE TABLE {name} (id BIGINT, name STRING, n INT) USING iceberg TBLPROPERTIES ({options})")
    append(engine, name, 0, 3)
    return table


@pytest.mark.parametrize("ref", ["feature/x/y-1", "größe/1.0+rc_2", "2026"])
def test_names_of_branches_and_tags_reach_them(namespace, ref):
    table = small_table(namespace)
    branch, tag = f"{namespace}/{ref}", f"{ref}/{namespace}"
    make_branch(branch)
    make_tag(tag)
    engine = Engine()
    append(engine, f"{engine.at(branch)}.{table}", 10, 1)
    assert ids(engine, f"{engine.at(branch)}.{table}") == [0, 1, 2, 10]
    assert ids(engine, f"{engine.at(tag)}.{table}") == [0, 1, 2]
    assert ids(engine, f"{engine.at('main')}.{table}") == [0, 1, 2]


def test_commits_tags_and_times_are_read_only(namespace):
    table = small_table(namespace)
    commit = newest_commit()
    tag = f"{namespace}-v1"
    make_tag(tag)
    engine = Engine()
    append(engine, f"{engine.at('main')}.{table}", 10, 1)
    for kind, ref in (("tag", tag), ("commit", commit["id"]), ("time", commit["committed_at"])):
        name = f"{engine.at(ref)}.{table}"
        assert ids(engine, name) == [0, 1, 2]
        tables = [row.tableName for row in engine.sql(f"SHOW TABLES IN {engine.at(ref)}.{namespace}")]
        assert tables == ["t"]
        with pytest.raises(Exception, match=f"is a {kind}: it can be read, not changed"):
            append(engine, name, 20, 1)


def test_one_session_joins_branches(namespace):
    table = small_table(namespace)
    branch = f"{namespace}-dev"
    make_branch(branch)
    engine = Engine()
    main, dev = f"{engine.at('main')}.{table}", f"{engine.at(branch)}.{table}"
    append(engine, dev, 3, 2)
    added = engine.sql(f"SELECT id FROM {dev} EXCEPT SELECT id FROM {main}")
    assert sorted(row.id for row in added) == [3, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_iceberg_s_own_time_travel_works_on_a_branch(namespace, kind):
    table = f"{namespace}.t"
    make_table(Engine(), table, kind)
    branch = f"{namespace}-dev"
    make_branch(branch)
    engine = Engine()
    name = f"{engine.at(branch)}.{table}"
    before = engine.sql(f"SELECT snapshot_id, made_current_at FROM {name}.history ORDER BY made_current_at DESC")[0]
    rows = ids(engine, name)
    append(engine, name, 5000, 1)
    assert ids(engine, name) == [*rows, 5000]
    assert ids(engine, name, f"VERSION AS OF {before.snapshot_id}") == rows
    assert ids(engine, name, f"TIMESTAMP AS OF '{before.made_current_at}'") == rows
    assert ids(engine, name, "VERSION AS OF 'released'") == list(range(300))
    assert ids(engine, name, "VERSION AS OF 'audit'") == sorted([*rows, *range(900, 1000)])
    assert ids(engine, f"{name}.branch_audit") == ids(engine, name, "VERSION AS OF 'audit'")
    assert 5000 not in ids(engine, f"{engine.at('main')}.{table}")


def test_write_audit_publish_works_on_a_branch(namespace):
    table = small_table(namespace, **{"write.wap.enabled": "true"})
    branch = f"{namespace}-dev"
    make_branch(branch)
    engine = Engine()
    name = f"{engine.at(branch)}.{table}"
    engine.session.conf.set("spark.wap.branch", "staged")
    append(engine, name, 10, 1)
    engine.session.conf.unset("spark.wap.branch")
    assert ids(engine, name) == [0, 1, 2]
    assert ids(engine, f"{name}.branch_staged") == [0, 1, 2, 10]
    engine.call(branch, "fast_forward", table, "branch => 'main', to => 'staged'")
    assert ids(engine, name) == [0, 1, 2, 10]
    assert [name for name, _ in state_of(table, "main").refs] == ["main"]


def test_write_audit_publish_by_id_works_on_a_branch(namespace):
    table = small_table(namespace, **{"write.wap.enabled": "true"})
    branch = f"{namespace}-dev"
    make_branch(branch)
    engine = Engine()
    name = f"{engine.at(branch)}.{table}"
    engine.session.conf.set("spark.wap.id", "audit-1")
    append(engine, name, 10, 1)
    engine.session.conf.unset("spark.wap.id")
    assert ids(engine, name) == [0, 1, 2]
    engine.call(branch, "publish_changes", table, "wap_id => 'audit-1'")
    assert ids(engine, name) == [0, 1, 2, 10]
    assert ids(engine, f"{engine.at('main')}.{table}") == [0, 1, 2]


def test_views_and_namespaces_differ_between_branches(namespace):
    table = small_table(namespace)
    branch = f"{namespace}-dev"
    make_branch(branch)
    engine = Engine()
    dev = engine.at(branch)
    engine.sql(f"CREATE NAMESPACE {dev}.{namespace}_2")
    engine.sql(f"CREATE VIEW {dev}.{namespace}.v AS SELECT id FROM {dev}.{table} WHERE id > 0")
    assert ids(engine, f"{dev}.{namespace}.v") == [1, 2]
    names = {row.namespace for row in engine.sql(f"SHOW NAMESPACES IN {engine.at('main')}")}
    assert namespace in names and f"{namespace}_2" not in names
    with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
        engine.sql(f"SELECT * FROM {engine.at('main')}.{namespace}.v")

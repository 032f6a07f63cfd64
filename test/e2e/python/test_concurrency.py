"""Appends from several processes at once, with the client's own retries."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from conftest import Versioned, open_catalog, people
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.types import LongType

PROCESSES = 8
APPENDS = 4
RETRIES = {"commit.retry.num-retries": "50", "commit.retry.min-wait-ms": "5", "commit.retry.max-wait-ms": "100"}


def append_from_one_process(namespace: str, worker: int) -> int:
    """Appends one row at a time to the shared table and to a table of its own."""
    catalog = open_catalog()
    shared = catalog.load_table((namespace, "shared"))
    own = catalog.create_table((namespace, f"own_{worker}"), people().schema)
    for number in range(APPENDS):
        shared.append(people((worker * 1000 + number, "x")))
        own.append(people((number, "y")))
    return APPENDS


def evolve_from_one_process(namespace: str, worker: int) -> int:
    """Adds a column, starting over after each refusal, as a user's script would."""
    catalog = open_catalog()
    for attempt in range(200):
        table = catalog.load_table((namespace, "evolving"))
        try:
            with table.update_schema() as update:
                update.add_column(f"column_{worker}", LongType())
            return attempt
        except CommitFailedException:
            continue
    raise AssertionError("no attempt succeeded")


def append_on_a_branch(warehouse: str, worker: int) -> list[tuple[str, int]]:
    """Appends to a table of its own; the method and status of every request that the client sent meanwhile."""
    catalog = open_catalog(warehouse)
    table = catalog.load_table(("shop", f"own_{worker}"))
    seen: list[tuple[str, int]] = []
    catalog._session.hooks["response"].append(lambda answer, **_: seen.append((answer.request.method, answer.status_code)))
    for number in range(APPENDS):
        table.append(people((number, "x")))
    return seen


@pytest.fixture(scope="module")
def pool():
    """Spawned processes: forking one that has Arrow's threads is not safe. They import conftest anew."""
    context = multiprocessing.get_context("spawn")
    folder = str(Path(__file__).parent)
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=sys.path.insert, initargs=(0, folder)) as executor:
        yield executor


def in_processes(pool, work, namespace: str) -> list[int]:
    return [future.result() for future in [pool.submit(work, namespace, worker) for worker in range(PROCESSES)]]


def test_appends_of_eight_processes_all_arrive(catalog, namespace, pool):
    catalog.create_table((namespace, "shared"), people().schema, properties=RETRIES)
    assert in_processes(pool, append_from_one_process, namespace) == [APPENDS] * PROCESSES
    shared = catalog.load_table((namespace, "shared"))
    expected = sorted(worker * 1000 + number for worker in range(PROCESSES) for number in range(APPENDS))
    assert sorted(shared.scan().to_arrow()["id"].to_pylist()) == expected
    assert len(shared.snapshots()) == PROCESSES * APPENDS
    assert [snapshot.sequence_number for snapshot in shared.snapshots()] == list(range(1, PROCESSES * APPENDS + 1))
    parents = [snapshot.parent_snapshot_id for snapshot in shared.snapshots()]
    assert parents == [None, *(snapshot.snapshot_id for snapshot in shared.snapshots()[:-1])]
    for worker in range(PROCESSES):
        assert catalog.load_table((namespace, f"own_{worker}")).scan().count() == APPENDS


def test_schema_changes_of_eight_processes_all_arrive(catalog, namespace, pool):
    catalog.create_table((namespace, "evolving"), people().schema)
    in_processes(pool, evolve_from_one_process, namespace)
    schema = catalog.load_table((namespace, "evolving")).schema()
    assert sorted(field.name for field in schema.fields[2:]) == [f"column_{worker}" for worker in range(PROCESSES)]
    assert sorted(field.field_id for field in schema.fields) == list(range(1, 3 + PROCESSES))


def test_eight_processes_on_one_branch_meet_no_refusal_and_repeat_nothing(versioned: Versioned, pool):
    main = versioned.at()
    main.create_namespace("shop")
    for worker in range(PROCESSES):
        main.create_table(("shop", f"own_{worker}"), people().schema, properties={"commit.retry.num-retries": "0"})
    branch = versioned.branch("etl/load")
    before = len(versioned.log(branch))
    for requests_of_one in in_processes(pool, append_on_a_branch, f"{versioned.name}@{branch}"):
        assert requests_of_one == [("POST", 200)] * APPENDS
    added = versioned.log(branch)[: -before]
    assert len(added) == PROCESSES * APPENDS
    assert len({commit["committed_at"] for commit in added}) == len(added)
    assert [commit["parent_id"] for commit in added[:-1]] == [commit["id"] for commit in added[1:]]
    for worker in range(PROCESSES):
        assert versioned.at(branch).load_table(("shop", f"own_{worker}")).scan().count() == APPENDS
        assert main.load_table(("shop", f"own_{worker}")).current_snapshot() is None

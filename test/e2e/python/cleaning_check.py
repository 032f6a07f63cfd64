"""Reads every ref of the cleaned catalog and compares the files that there are with those that the refs reach."""

import json
import os
from pathlib import Path

import pytest
from cleaning_before import IN_FLIGHT, NAME, TABLE
from conftest import Versioned, files_below, local_path, sorted_rows

REFS = os.environ["PANGOLIN_E2E_REFS"].split(",")


def reached(table) -> set[Path]:
    """By PyIceberg's own reading of all that the table's metadata names."""
    found = {local_path(table.metadata_location)}
    for snapshot in table.snapshots():
        found.add(local_path(snapshot.manifest_list))
        for manifest in snapshot.manifests(table.io):
            found.add(local_path(manifest.manifest_path))
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                found.add(local_path(entry.data_file.file_path))
    return found


@pytest.mark.parametrize("ref", REFS)
def test_every_ref_reads_what_it_read(ref):
    rows = json.loads(Path(os.environ["PANGOLIN_E2E_MEMORY"]).read_text())
    table = Versioned(NAME).at(ref).load_table(TABLE)
    assert sorted_rows(table.scan().to_arrow()) == rows[ref]
    for snapshot in table.snapshots():
        table.scan(snapshot_id=snapshot.snapshot_id).to_arrow()


def test_what_the_refs_reach_is_there():
    catalog = Versioned(NAME)
    tables = [catalog.at(ref).load_table(TABLE) for ref in REFS]
    wanted = set().union(*map(reached, tables))
    there = files_below(tables[0].location())
    wanted |= {local_path(tables[0].location()) / name for name in IN_FLIGHT}
    assert wanted - there == set()
    if os.environ["PANGOLIN_E2E_EXTRA"] == "none":
        assert there - wanted == set()


def test_another_table_keeps_everything():
    table = Versioned(NAME).at().load_table(("default", "other"))
    assert reached(table) - files_below(table.location()) == set()

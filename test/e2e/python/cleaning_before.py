"""What is written, changed and expired on several refs before a catalog is cleaned. See cleaning.test.ts."""

import json
import os
from pathlib import Path

from conftest import Versioned, local_path, manage, people, sorted_rows

NAME = "cleaned"
TABLE = ("default", "t")
IN_FLIGHT = ("data/in-flight.parquet", "metadata/snap-in-flight.avro")


def expire_all_but_newest(table):
    """Of the main branch of the table; a change of metadata only, the files stay."""
    newest = table.current_snapshot().snapshot_id
    old = [snapshot.snapshot_id for snapshot in table.snapshots() if snapshot.snapshot_id != newest]
    table.maintenance.expire_snapshots().by_ids(old).commit()


def test_write():
    manage("POST", "catalogs", name=NAME, warehouse_name="default")
    catalog = Versioned(NAME)
    main = catalog.at()
    main.create_namespace_if_not_exists("default")
    # A partition's folder gets a name that no location of a client may have: `name=a%2Fb`.
    table = main.create_table(TABLE, people().schema)
    table.update_spec().add_identity("name").commit()
    other = main.create_table(("default", "other"), people().schema)
    other.append(people((1, "kept")))
    table.append(people((1, "a/b"), (2, "b")))
    table.append(people((3, "c")))
    catalog.tag("v1")
    catalog.branch("dev")
    table = main.load_table(TABLE)
    table.append(people((4, "d")))
    # Rewrites a file, so that the older one is reached by older snapshots alone.
    table.delete("id == 2")
    table.overwrite(people((5, "e"), (6, "a/b")), overwrite_filter="id == 3")
    expire_all_but_newest(table)
    dev = catalog.at("dev").load_table(TABLE)
    dev.append(people((7, "dev")))
    dev.delete("id == 1")
    expire_all_but_newest(dev)
    # As of a commit that is under way: no metadata names them yet.
    for name in IN_FLIGHT:
        path = local_path(table.location()) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"unknown")
    rows = {}
    for ref in ("main", "v1", "dev"):
        rows[ref] = sorted_rows(catalog.at(ref).load_table(TABLE).scan().to_arrow())
    Path(os.environ["PANGOLIN_E2E_MEMORY"]).write_text(json.dumps(rows))

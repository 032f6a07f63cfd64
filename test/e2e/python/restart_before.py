"""First half: what is written before the server is stopped. Not collected by itself; see pyiceberg.test.ts."""

import json
import os
from pathlib import Path

from conftest import people
from test_views import SCHEMA, version


def test_write_and_remember(catalog):
    catalog.create_namespace("before", {"owner": "🐧"})
    catalog.create_namespace(("before", "nested name"))
    table = catalog.create_table(("before", "nested name", "t"), people().schema)
    for number in range(5):
        table.append(people((number, "x")))
    table.manage_snapshots().create_tag(table.snapshots()[1].snapshot_id, "two").commit()
    catalog.create_view(("before", "v"), SCHEMA, version("SELECT 1"))
    catalog.create_table(("before", "gone"), people().schema)
    catalog.drop_table(("before", "gone"))
    loaded = catalog.load_table(table.name())
    remembered = {"location": loaded.metadata_location, "metadata": loaded.metadata.model_dump_json()}
    Path(os.environ["PANGOLIN_E2E_MEMORY"]).write_text(json.dumps(remembered))

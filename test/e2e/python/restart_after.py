"""Second half: nothing of what was acknowledged is lost, and the work goes on."""

import json
import os
from pathlib import Path

from conftest import people


def test_everything_is_still_there(catalog):
    remembered = json.loads(Path(os.environ["PANGOLIN_E2E_MEMORY"]).read_text())
    assert catalog.load_namespace_properties("before")["owner"] == "🐧"
    table = catalog.load_table(("before", "nested name", "t"))
    assert table.metadata_location == remembered["location"]
    assert json.loads(table.metadata.model_dump_json()) == json.loads(remembered["metadata"])
    assert table.scan().count() == 5
    assert table.scan().use_ref("two").to_arrow().num_rows == 2
    assert catalog.load_view(("before", "v")).sql_for("spark").sql == "SELECT 1"
    assert catalog.list_tables("before") == []
    table.append(people((5, "after")))
    assert catalog.load_table(table.name()).scan().count() == 6

"""Third part: the server was killed right after the second one had written."""

from conftest import people


def test_the_last_append_is_there(catalog):
    table = catalog.load_table(("before", "nested name", "t"))
    assert table.scan().count() == 6
    table.append(people((6, "after the kill")))
    assert catalog.load_table(table.name()).scan().count() == 7

"""One table of format 3, with deletion vectors and Iceberg refs of its own, living on several branches."""

from conftest import people
from deletion_vectors import delete_positions, upgrade

NAME = ("shop", "orders")


def ids(catalog, ref: str | None = None) -> list[int]:
    scan = catalog.load_table(NAME).scan()
    return sorted((scan.use_ref(ref) if ref else scan).to_arrow()["id"].to_pylist())


def test_deletion_vectors_stay_on_their_branch(versioned):
    main = versioned.at()
    main.create_namespace("shop")
    table = main.create_table(NAME, people().schema)
    table.append(people(*[(number, "x") for number in range(1, 7)]))
    table = upgrade(table)
    assert (table.format_version, table.metadata.next_row_id) == (3, 0)
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "whole").commit()
    dev, late = versioned.at(versioned.branch("dev")), versioned.at(versioned.branch("late"))
    delete_positions(dev.load_table(NAME), [0, 2])
    versioned.tag("deleted", **{"from": "dev"})
    delete_positions(main.load_table(NAME), [5])
    assert ids(dev) == [2, 4, 5, 6]
    assert ids(main) == [1, 2, 3, 4, 5]
    assert ids(late) == [1, 2, 3, 4, 5, 6]
    for catalog in (dev, main):
        table = catalog.load_table(NAME)
        assert (table.format_version, table.metadata.next_row_id) == (3, 6)
        assert [snapshot.first_row_id for snapshot in table.snapshots()] == [None, 0]
        assert ids(catalog, "whole") == [1, 2, 3, 4, 5, 6]
    assert late.load_table(NAME).metadata.next_row_id == 0
    dev.load_table(NAME).manage_snapshots().remove_tag("whole").commit()
    again = versioned.at(versioned.branch("again", from_branch="dev"))
    assert (ids(again), set(again.load_table(NAME).refs())) == ([2, 4, 5, 6], {"main"})
    deleted = versioned.at("deleted")
    assert (ids(deleted), set(deleted.load_table(NAME).refs())) == ([2, 4, 5, 6], {"main", "whole"})
    assert set(main.load_table(NAME).refs()) == {"main", "whole"}

"""Branches, tags, commits and times of a whole catalog, in a client that knows nothing of them."""

import datetime as dt

import pytest
from conftest import Versioned, people, sorted_rows
from pyiceberg.exceptions import ForbiddenError, NoSuchNamespaceError, NoSuchTableError, NoSuchViewError, RESTError
from pyiceberg.types import LongType
from test_views import SCHEMA, version

ORDERS = ("shop", "orders")


@pytest.fixture
def shop(versioned: Versioned) -> Versioned:
    """A catalog with one table of one row on main."""
    main = versioned.at()
    main.create_namespace("shop")
    main.create_table(ORDERS, people().schema).append(people((1, "main")))
    return versioned


def ids(catalog, identifier=ORDERS) -> list[int]:
    return [row["id"] for row in sorted_rows(catalog.load_table(identifier).scan().to_arrow())]


def add(catalog, number: int, identifier=ORDERS) -> None:
    catalog.load_table(identifier).append(people((number, "added")))


@pytest.mark.parametrize("name", ["dev", "feature/new-prices", "v2.0_x+1", "ünïcode/ветка"])
def test_a_branch_is_reached_by_the_warehouse_parameter(shop, name):
    dev = shop.at(shop.branch(name))
    assert ids(dev) == [1]
    add(dev, 2)
    with dev.load_table(ORDERS).update_schema() as update:
        update.add_column("price", LongType())
    dev.create_namespace(("shop", "new"))
    dev.create_table(("shop", "new", "only"), people().schema).append(people((9, "dev")))
    main = shop.at()
    add(main, 3)
    assert ids(main) == [1, 3]
    assert ids(dev) == [1, 2]
    assert [field.name for field in main.load_table(ORDERS).schema().fields] == ["id", "name"]
    assert [field.name for field in dev.load_table(ORDERS).schema().fields] == ["id", "name", "price"]
    assert ids(dev, ("shop", "new", "only")) == [9]
    with pytest.raises(NoSuchTableError):
        main.load_table(("shop", "new", "only"))
    assert main.list_namespaces("shop") == []


def test_two_branches_with_different_tables(shop):
    for name in ("left", "right"):
        branch = shop.at(shop.branch(name))
        branch.create_table(("shop", name), people().schema)
        branch.create_namespace(f"only_{name}", {"owner": name})
    assert shop.at("left").list_tables("shop") == [("shop", "left"), ORDERS]
    assert shop.at("right").list_tables("shop") == [ORDERS, ("shop", "right")]
    assert shop.at().list_tables("shop") == [ORDERS]
    assert shop.at("left").load_namespace_properties("only_left")["owner"] == "left"
    with pytest.raises(NoSuchNamespaceError):
        shop.at("right").load_namespace_properties("only_left")


def test_a_branch_of_a_branch_reads_what_it_forked_from(shop):
    first = shop.at(shop.branch("first"))
    add(first, 2)
    second = shop.at(shop.branch("second", from_branch="first"))
    add(first, 3)
    add(second, 4)
    assert (ids(shop.at()), ids(first), ids(second)) == ([1], [1, 2, 3], [1, 2, 4])


def test_renames_and_drops_stay_on_their_branch(shop):
    shop.at().create_table(("shop", "dropped"), people().schema).append(people((5, "kept on main")))
    dev = shop.at(shop.branch("dev"))
    dev.rename_table(ORDERS, ("shop", "renamed"))
    dev.purge_table(("shop", "dropped"))
    add(dev, 2, ("shop", "renamed"))
    assert dev.list_tables("shop") == [("shop", "renamed")]
    assert ids(dev, ("shop", "renamed")) == [1, 2]
    main = shop.at()
    assert main.list_tables("shop") == [("shop", "dropped"), ORDERS]
    assert (ids(main), ids(main, ("shop", "dropped"))) == ([1], [5])


def test_views_belong_to_branches_too(shop):
    dev = shop.at(shop.branch("dev"))
    dev.create_view(("shop", "totals"), SCHEMA, version("SELECT 1"))
    assert dev.load_view(("shop", "totals")).sql_for("spark").sql == "SELECT 1"
    with pytest.raises(NoSuchViewError):
        shop.at().load_view(("shop", "totals"))


def test_a_table_or_namespace_with_a_ref_in_its_name(shop):
    add(shop.at(shop.branch("dev")), 2)
    main = shop.at()
    assert ids(main, ("shop", "orders@dev")) == [1, 2]
    assert ids(main, ("shop@dev", "orders")) == [1, 2]
    assert ids(shop.at("dev"), ("shop", "orders@main")) == [1]


def read_only(catalog, kind: str) -> None:
    """Everything that could change something is refused, and the refusal says why."""
    table = catalog.load_table(ORDERS)
    attempts = [
        lambda: table.append(people((7, "refused"))),
        lambda: table.update_schema().add_column("refused", LongType()).commit(),
        lambda: table.transaction().set_properties(refused="1").commit_transaction(),
        lambda: table.manage_snapshots().create_tag(table.snapshots()[0].snapshot_id, "refused").commit(),
        lambda: catalog.create_table(("shop", "refused"), people().schema),
        lambda: catalog.create_namespace("refused"),
        lambda: catalog.update_namespace_properties("shop", updates={"refused": "1"}),
        lambda: catalog.rename_table(ORDERS, ("shop", "refused")),
        lambda: catalog.drop_table(ORDERS),
        lambda: catalog.create_view(("shop", "refused"), SCHEMA, version("SELECT 1")),
    ]
    for attempt in attempts:
        with pytest.raises(ForbiddenError, match=kind):
            attempt()
    assert ids(catalog) == [1]


def test_a_tag_stands_still_and_is_read_only(shop):
    tag = shop.at(shop.tag("release/1"))
    add(shop.at(), 2)
    shop.at().create_table(("shop", "later"), people().schema)
    assert tag.list_tables("shop") == [ORDERS]
    read_only(tag, "is a tag")
    assert ids(shop.at()) == [1, 2]


def test_a_commit_is_an_address_and_read_only(shop):
    head, *_ = shop.log()
    add(shop.at(), 2)
    read_only(shop.at(head["id"]), "is a commit")


def test_a_protected_branch_can_only_be_read(shop):
    read_only(shop.at(shop.branch("locked", protected=True)), "is protected")


def test_the_whole_catalog_as_of_a_time(shop):
    main = shop.at()
    main.create_view(("shop", "old"), SCHEMA, version("SELECT 1"))
    moment = shop.log()[0]["committed_at"]
    add(main, 2)
    main.drop_view(("shop", "old"))
    main.create_namespace("later")
    main.create_table(("later", "new"), people().schema)
    main.rename_table(ORDERS, ("later", "orders"))
    then = shop.at(moment)
    assert then.list_tables("shop") == [ORDERS]
    assert then.list_views("shop") == [("shop", "old")]
    assert ("later",) not in then.list_namespaces()
    read_only(then, "is a time")
    assert ids(main, ("later", "orders")) == [1, 2]
    now = (dt.datetime.now(dt.timezone.utc) + dt.timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert ids(shop.at(now), ("later", "orders")) == [1, 2]
    with pytest.raises(RESTError, match="before the first commit"):
        shop.at("2000-01-01")


def test_each_commit_of_the_log_is_a_state_that_can_be_read(shop):
    for number in (2, 3, 4):
        add(shop.at(), number)
    states = [ids(shop.at(commit["id"])) for commit in shop.log()[:4]]
    assert states == [[1, 2, 3, 4], [1, 2, 3], [1, 2], [1]]
    assert states == [ids(shop.at(commit["committed_at"])) for commit in shop.log()[:4]]


def test_a_partial_branch_shows_only_what_it_names(shop):
    main = shop.at()
    main.create_table(("shop", "secret"), people().schema)
    main.create_namespace("private")
    part = shop.at(shop.branch("part", assets=["shop.orders"]))
    assert part.list_tables("shop") == [ORDERS]
    assert part.list_namespaces() == [("shop",)]
    with pytest.raises(NoSuchTableError):
        part.load_table(("shop", "secret"))
    add(part, 2)
    part.create_table(("shop", "own"), people().schema)
    assert part.list_tables("shop") == [ORDERS, ("shop", "own")]
    assert (ids(part), ids(main)) == ([1, 2], [1])


def test_what_does_not_exist_is_said_when_the_catalog_is_opened(shop):
    for ref in ("nope", "01890000-0000-7000-8000-00000000ffff"):
        with pytest.raises(RESTError, match="does not exist"):
            shop.at(ref)


def test_iceberg_branches_and_tags_live_inside_a_branch(shop):
    dev = shop.at(shop.branch("dev"))
    table = dev.load_table(ORDERS)
    first = table.snapshots()[0].snapshot_id
    table.manage_snapshots().create_tag(first, "v1").create_branch(first, "audit", min_snapshots_to_keep=2).commit()
    table.append(people((2, "audited")), branch="audit")
    add(dev, 3)
    table = dev.load_table(ORDERS)
    assert set(table.refs()) == {"main", "audit", "v1"}
    seen = {ref: sorted(table.scan().use_ref(ref).to_arrow()["id"].to_pylist()) for ref in table.refs()}
    assert seen == {"main": [1, 3], "audit": [1, 2], "v1": [1]}
    assert set(shop.at().load_table(ORDERS).refs()) == {"main"}
    inherited = shop.at(shop.branch("later", from_branch="dev")).load_table(ORDERS)
    assert inherited.refs() == table.refs()


def test_write_audit_publish_by_iceberg_itself_on_a_branch(shop):
    dev = shop.at(shop.branch("dev"))
    table = dev.load_table(ORDERS)
    with table.transaction() as transaction:
        transaction.set_properties({"write.wap.enabled": "true"})
    table.manage_snapshots().create_branch(table.current_snapshot().snapshot_id, "audit").commit()
    table.append(people((2, "to be audited")), branch="audit", snapshot_properties={"wap.id": "load-7"})
    table = dev.load_table(ORDERS)
    assert ids(dev) == [1]
    audited = table.snapshot_by_name("audit")
    assert audited.summary["wap.id"] == "load-7"
    table.manage_snapshots().set_current_snapshot(ref_name="audit").remove_branch("audit").commit()
    assert ids(dev) == [1, 2]
    assert ids(shop.at()) == [1]
    assert "write.wap.enabled" not in shop.at().load_table(ORDERS).properties


def test_a_shared_table_tells_engines_to_delete_no_files(shop):
    assert "gc.enabled" not in shop.at().load_table(ORDERS).properties
    dev = shop.at(shop.branch("dev"))
    shared = [catalog.load_table(ORDERS).properties.get("gc.enabled") for catalog in (shop.at(), dev)]
    assert shared == ["false", "false"]
    dev.create_table(("shop", "own"), people().schema)
    assert "gc.enabled" not in dev.load_table(("shop", "own")).properties
    table = dev.load_table(ORDERS)
    first = table.snapshots()[0].snapshot_id
    add(dev, 2)
    dev.load_table(ORDERS).maintenance.expire_snapshots().by_id(first).commit()
    assert len(dev.load_table(ORDERS).snapshots()) == 1
    assert (ids(dev), ids(shop.at())) == ([1, 2], [1])


def test_old_metadata_files_that_another_ref_shows_are_not_deleted_by_the_client(shop):
    keep_one = {"write.metadata.previous-versions-max": "1", "write.metadata.delete-after-commit.enabled": "true"}
    with shop.at().load_table(ORDERS).transaction() as change:
        change.set_properties(keep_one)
    dev = shop.at(shop.branch("dev"))
    for number in (2, 3, 4):
        add(dev, number)
    assert (ids(dev), ids(shop.at())) == ([1, 2, 3, 4], [1])
    for number in (5, 6, 7):
        add(shop.at(), number)
    assert (ids(dev), ids(shop.at())) == ([1, 2, 3, 4], [1, 5, 6, 7])

"""Namespaces: nested, oddly named, with properties."""

import uuid

import pytest
from conftest import open_catalog, people
from pyiceberg.exceptions import (
    NamespaceAlreadyExistsError,
    NamespaceNotEmptyError,
    NoSuchNamespaceError,
    NoSuchTableError,
    RESTError,
    TableAlreadyExistsError,
)

ODD_NAMES = [
    "with space",
    " leading and trailing ",
    "with.dot",
    "with/slash",
    "back\\slash",
    "per%cent %41 %2F",
    "plus+and&and=and?and#",
    "quote's \"double\" `back`",
    "semi;colon,comma:colon",
    "drop table x; --",
    "_%like_",
    "ÄÖÜ ß é",
    "e\u0301 is not é",
    "日本語",
    "🐧 pangolin",
    "עברית",
    "UPPER",
    "upper",
    "null",
    "__proto__",
    "constructor",
    "tables",
    "rename",
    "..hidden..",
    "~tilde",
    "a" * 255,
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: ascii(name)[:24])
def test_odd_names_of_namespaces_and_tables(catalog, namespace, name):
    path = (namespace, name)
    catalog.create_namespace(path, {"name": name})
    assert catalog.namespace_exists(path)
    assert catalog.list_namespaces(namespace) == [path]
    assert catalog.load_namespace_properties(path)["name"] == name
    catalog.create_namespace((*path, "child"))
    assert catalog.list_namespaces(path) == [(*path, "child")]
    catalog.drop_namespace((*path, "child"))

    identifier = (*path, name)
    data = people((1, name))
    catalog.create_table(identifier, data.schema).append(data)
    assert catalog.table_exists(identifier)
    assert catalog.list_tables(path) == [identifier]
    assert catalog.load_table(identifier).scan().to_arrow() == data

    moved = (namespace, f"{name[:200]} moved")
    catalog.rename_table(identifier, moved)
    assert catalog.list_tables(path) == []
    assert catalog.load_table(moved).scan().to_arrow() == data
    catalog.drop_table(moved)
    catalog.drop_namespace(path)
    assert not catalog.namespace_exists(path)


def test_names_that_differ_only_in_case_or_normal_form_are_different(catalog, namespace):
    names = ["é", "e\u0301", "a", "A", "ß", "ss"]
    for name in names:
        catalog.create_namespace((namespace, name))
    assert catalog.list_namespaces(namespace) == [(namespace, name) for name in sorted(names, key=str.encode)]


@pytest.mark.parametrize("name", ["branch@dev", "tab\tin it", "new\nline", ".", "..", "a" * 256])
def test_names_that_are_refused(catalog, namespace, name):
    with pytest.raises(RESTError):
        catalog.create_namespace((namespace, name))
    with pytest.raises(RESTError):
        catalog.create_table((namespace, name), people().schema)
    assert catalog.list_namespaces(namespace) == []
    assert catalog.list_tables(namespace) == []


def test_nested_namespaces(catalog, namespace):
    deepest = (namespace,)
    for level in range(2, 9):
        deepest = (*deepest, f"level {level}")
        catalog.create_namespace(deepest)
    assert catalog.list_namespaces(deepest[:3]) == [deepest[:4]]
    assert catalog.list_namespaces(deepest) == []
    assert (namespace,) in catalog.list_namespaces()
    assert deepest[:2] not in catalog.list_namespaces()

    catalog.create_table((*deepest, "t"), people().schema)
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(deepest)
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(namespace)
    catalog.drop_table((*deepest, "t"))
    for length in range(len(deepest), 0, -1):
        catalog.drop_namespace(deepest[:length])
    assert not catalog.namespace_exists(namespace)


def test_names_that_join_to_the_same_text_are_different(catalog, namespace):
    catalog.create_namespace((namespace, "a"))
    catalog.create_namespace((namespace, "a.b"))
    catalog.create_namespace((namespace, "a", "b"))
    catalog.create_table((namespace, "a.b", "t"), people().schema)
    assert catalog.list_tables((namespace, "a", "b")) == []
    assert catalog.list_tables((namespace, "a.b")) == [(namespace, "a.b", "t")]


def test_properties(catalog, namespace):
    summary = catalog.update_namespace_properties(
        namespace, updates={"owner": "ünïcode 🐧", "empty": "", "__proto__": "data", "a b": "c"}
    )
    assert sorted(summary.updated) == ["__proto__", "a b", "empty", "owner"]
    summary = catalog.update_namespace_properties(namespace, removals={"empty", "never there"}, updates={"owner": "me"})
    assert summary.removed == ["empty"]
    assert summary.updated == ["owner"]
    assert summary.missing == ["never there"]
    properties = catalog.load_namespace_properties(namespace)
    assert {key: properties[key] for key in ("owner", "__proto__", "a b")} == {"owner": "me", "__proto__": "data", "a b": "c"}
    assert "empty" not in properties


def test_what_is_missing_or_already_there(catalog, namespace):
    nowhere = (namespace, "nowhere")
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace(namespace)
    catalog.create_namespace_if_not_exists(namespace)
    for attempt in (
        lambda: catalog.load_namespace_properties(nowhere),
        lambda: catalog.drop_namespace(nowhere),
        lambda: catalog.list_namespaces(nowhere),
        lambda: catalog.list_tables(nowhere),
        lambda: catalog.update_namespace_properties(nowhere, updates={"a": "b"}),
        lambda: catalog.create_table((*nowhere, "t"), people().schema),
    ):
        with pytest.raises(NoSuchNamespaceError):
            attempt()
    with pytest.raises(NoSuchTableError):
        catalog.load_table((namespace, "nothing"))
    catalog.create_table((namespace, "t"), people().schema)
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table((namespace, "t"), people().schema)


def test_lists_come_whole_whatever_the_page_size(catalog):
    parent = f"pages_{uuid.uuid4().hex[:12]}"
    catalog.create_namespace(parent)
    names = sorted((f"n {number}-🐧" for number in range(23)), key=str.encode)
    for name in names:
        catalog.create_namespace((parent, name))
        catalog.create_table((parent, name), people().schema)
    for page_size in ("1", "7", "23", "1000"):
        paged = open_catalog(**{"rest-page-size": page_size})
        assert paged.list_namespaces(parent) == [(parent, name) for name in names]
        assert paged.list_tables(parent) == [(parent, name) for name in names]

"""A table that two branches and a tag share, and all that Spark can do to delete its files. See run.ts."""

import json
import os
import sys
import time
import uuid
from urllib.request import Request, urlopen

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

URI = os.environ["PANGOLIN_URI"]
JAR = os.environ["PANGOLIN_SPARK_JAR"]
NAME = f"spark_{uuid.uuid4().hex[:8]}"
REFS = ("main", "v1", "dev")


def manage(method: str, path: str, **body) -> None:
    headers = {"Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(f"{URI}/api/v1/{path}", data, headers, method=method), timeout=60) as answer:
        answer.read()


def open_session() -> SparkSession:
    builder = SparkSession.builder.master("local[2]").appName("pangolin").config("spark.jars", JAR)
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
    builder = builder.config(
        "spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    )
    for ref in REFS:
        catalog = f"spark.sql.catalog.{ref}"
        builder = builder.config(catalog, "org.apache.iceberg.spark.SparkCatalog")
        builder = builder.config(f"{catalog}.type", "rest").config(f"{catalog}.uri", URI)
        builder = builder.config(f"{catalog}.warehouse", f"{NAME}@{ref}").config(f"{catalog}.cache-enabled", "false")
    return builder.getOrCreate()


spark = open_session()
spark.sparkContext.setLogLevel("OFF")
jvm = spark._jvm


def sql(text: str) -> list:
    return [tuple(row) for row in spark.sql(text).collect()]


def rows(ref: str) -> list:
    return sql(f"SELECT * FROM {ref}.default.t ORDER BY id")


def jtable(ref: str, name: str = "t"):
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, f"{ref}.default.{name}")


def actions():
    return jvm.org.apache.iceberg.spark.actions.SparkActions.get(spark._jsparkSession)


def later() -> int:
    return int(time.time() * 1000) + 3_600_000


def expire_by_procedure(ref: str) -> None:
    tomorrow = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + 86_400))
    sql(f"CALL {ref}.system.expire_snapshots(table => 'default.t', older_than => TIMESTAMP '{tomorrow}', retain_last => 1)")


def expire_by_api(ref: str) -> None:
    jtable(ref).expireSnapshots().expireOlderThan(later()).retainLast(1).commit()


def remove_orphans(ref: str) -> None:
    actions().deleteOrphanFiles(jtable(ref)).olderThan(later()).execute()


def rewrite(ref: str) -> None:
    sql(f"CALL {ref}.system.rewrite_data_files(table => 'default.t', options => map('rewrite-all', 'true'))")


def drop_and_purge(ref: str) -> None:
    sql(f"DROP TABLE {ref}.default.t PURGE")


def outcome(action, ref: str) -> str:
    """`done`, or why the engine refused."""
    try:
        action(ref)
        return "done"
    except (Py4JJavaError, PySparkException) as error:
        return "GC is disabled" if "GC is disabled" in str(error) else str(error)[:2000]


def lost(expected: dict) -> list:
    """The refs that do not read any more what they read, every native snapshot included."""
    broken = []
    for ref in expected:
        try:
            found = rows(ref)
            for (snapshot,) in sql(f"SELECT snapshot_id FROM {ref}.default.t.snapshots"):
                sql(f"SELECT * FROM {ref}.default.t VERSION AS OF {snapshot}")
        except (Py4JJavaError, PySparkException) as error:
            found = str(error)[:300]
        if found != expected[ref]:
            broken.append(ref)
    return broken


def main() -> dict:
    manage("POST", "catalogs", name=NAME, warehouse_name="default")
    sql("CREATE TABLE main.default.t (id BIGINT, text STRING) USING iceberg")
    for number in range(3):
        sql(f"INSERT INTO main.default.t VALUES ({number}, 'first'), ({number + 10}, 'second')")
    manage("POST", "tags", name="v1", catalog=NAME)
    manage("POST", "branches", name="dev", catalog=NAME)
    sql("INSERT INTO main.default.t VALUES (100, 'main')")
    sql("DELETE FROM main.default.t WHERE id = 1")
    sql("INSERT INTO dev.default.t VALUES (200, 'dev')")
    sql("DELETE FROM dev.default.t WHERE id = 2")
    expected = {ref: rows(ref) for ref in REFS}
    steps = []
    for action in (rewrite, expire_by_procedure, expire_by_api, remove_orphans):
        for ref in ("main", "dev"):
            result = outcome(action, ref)
            steps.append({"action": action.__name__, "ref": ref, "outcome": result, "lost": lost(expected)})
    result = outcome(drop_and_purge, "dev")
    if result == "done":
        del expected["dev"]
    steps.append({"action": "drop_and_purge", "ref": "dev", "outcome": result, "lost": lost(expected)})
    return {"steps": steps, "alone": alone()}


def alone() -> dict:
    """A table that one ref shows is the engine's own: its expiry deletes files."""
    sql("CREATE TABLE main.default.alone (id BIGINT) USING iceberg")
    for number in range(3):
        sql(f"INSERT OVERWRITE main.default.alone VALUES ({number})")
    expired = actions().expireSnapshots(jtable("main", "alone")).expireOlderThan(later()).retainLast(1).execute()
    return {"deleted": expired.deletedDataFilesCount(), "rows": sql("SELECT * FROM main.default.alone")}


report = main()
spark.stop()
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(report, file)

"""Spark as a user configures it, and the routes that make branches and tags."""

import json
import os
import urllib.parse
import urllib.request

from pyspark.sql import Row, SparkSession

SERVER = os.environ["PANGOLIN_URI"]
"""The same server, whose answers do not say which tables are shared."""
UNGUARDED = os.environ["PANGOLIN_UNGUARDED_URI"]


def start_spark() -> SparkSession:
    folder = os.environ["SPARK_FOLDER"]
    settings = {
        "spark.jars": os.environ["ICEBERG_JAR"],
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
        "spark.local.dir": folder,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": f"{folder}/spark-warehouse",
        "spark.ui.enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


class Engine:
    """A Spark session of its own: it has loaded nothing before."""

    def __init__(self, uri: str = SERVER, **options: str):
        self.uri = uri
        self.options = options
        self.session = SparkSession.getActiveSession().newSession()
        self.catalogs: dict[str, str] = {}

    def at(self, ref: str) -> str:
        """The name of the session's catalog for a branch, tag, commit id or time."""
        if ref not in self.catalogs:
            name = f"catalog_{len(self.catalogs)}"
            self.catalogs[ref] = name
            options = {"type": "rest", "uri": self.uri, "warehouse": f"default@{ref}", **self.options}
            prefix = f"spark.sql.catalog.{name}"
            self.session.conf.set(prefix, "org.apache.iceberg.spark.SparkCatalog")
            for key, value in options.items():
                self.session.conf.set(f"{prefix}.{key}", value)
        return self.catalogs[ref]

    def sql(self, text: str) -> list[Row]:
        return self.session.sql(text).collect()

    def call(self, ref: str, procedure: str, table: str, arguments: str = "") -> list[Row]:
        rest = f", {arguments}" if arguments else ""
        return self.sql(f"CALL {self.at(ref)}.system.{procedure}(table => '{table}'{rest})")

    def java_table(self, ref: str, table: str):
        """The table of Iceberg's Java API, as this session knows it."""
        name, java, jvm = f"{self.at(ref)}.{table}", self.session._jsparkSession, self.session._jvm
        jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(java)
        return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(java, name)


def make_branch(name: str, source: str = "main", **fields: object) -> dict:
    return request("POST", "/api/v1/branches", {"name": name, "catalog": "default", "from": source, **fields})


def make_tag(name: str, source: str = "main") -> dict:
    return request("POST", "/api/v1/tags", {"name": name, "catalog": "default", "from": source})


def delete_branch(name: str) -> None:
    request("DELETE", f"/api/v1/branches/{urllib.parse.quote(name, safe='')}?catalog=default")


def delete_tag(name: str) -> None:
    request("DELETE", f"/api/v1/tags/{urllib.parse.quote(name, safe='')}?catalog=default")


def newest_commit(ref: str = "main") -> dict:
    query = urllib.parse.urlencode({"catalog": "default", "ref": ref, "limit": 1})
    return request("GET", f"/api/v1/commits?{query}")[0]


def request(method: str, path: str, body: object = None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(
        urllib.request.Request(SERVER + path, data=data, headers=headers, method=method)
    ) as answer:
        text = answer.read()
        return json.loads(text) if text else None

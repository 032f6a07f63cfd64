package org.apache.iceberg.rest;

import static org.apache.iceberg.types.Types.NestedField.optional;
import static org.apache.iceberg.types.Types.NestedField.required;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.BaseTransaction;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableCommit;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Java's client can do and the kit has no test for. */
public class JavaClientTests {
  private static final Schema SCHEMA =
      new Schema(required(1, "id", Types.LongType.get()), optional(2, "name", Types.StringType.get()));

  private final Namespace namespace = Namespace.of("java_" + UUID.randomUUID());
  private RESTCatalog catalog;

  @BeforeEach
  void open() {
    catalog = RCKUtils.initCatalogClient();
    catalog.createNamespace(namespace);
  }

  @AfterEach
  void clean() throws Exception {
    catalog.listTables(namespace).forEach(catalog::dropTable);
    catalog.dropNamespace(namespace);
    catalog.close();
  }

  private TableIdentifier named(String name) {
    return TableIdentifier.of(namespace, name);
  }

  private static DataFile file(String path, long rows) {
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath(path)
        .withFileSizeInBytes(10)
        .withRecordCount(rows)
        .build();
  }

  private static TableCommit append(Table table, TableIdentifier name, String path) {
    BaseTransaction transaction = (BaseTransaction) table.newTransaction();
    transaction.newAppend().appendFile(file(path, 1)).commit();
    return TableCommit.create(name, transaction.startMetadata(), transaction.currentMetadata());
  }

  @Test
  public void commitsSeveralTablesAtOnce() {
    Table one = catalog.createTable(named("one"), SCHEMA);
    Table two = catalog.createTable(named("two"), SCHEMA);
    catalog.commitTransaction(
        append(one, named("one"), "/a.parquet"),
        append(two, named("two"), "/b.parquet"));
    assertThat(catalog.loadTable(named("one")).currentSnapshot().addedDataFiles(one.io())).hasSize(1);
    assertThat(catalog.loadTable(named("two")).currentSnapshot().addedDataFiles(two.io())).hasSize(1);
  }

  @Test
  public void commitsNoneOfSeveralTablesWhenOneConflicts() {
    Table one = catalog.createTable(named("one"), SCHEMA);
    Table two = catalog.createTable(named("two"), SCHEMA);
    TableCommit first = append(one, named("one"), "/a.parquet");
    TableCommit second = append(two, named("two"), "/b.parquet");
    catalog.loadTable(named("two")).newAppend().appendFile(file("/c.parquet", 1)).commit();
    assertThatThrownBy(() -> catalog.commitTransaction(first, second))
        .isInstanceOf(CommitFailedException.class)
        .hasMessageContaining("Requirement failed");
    assertThat(catalog.loadTable(named("one")).currentSnapshot()).isNull();
    assertThat(catalog.loadTable(named("two")).snapshots()).hasSize(1);
  }

  @Test
  public void keepsRowLineageAndTypesOfFormatThree() {
    Schema schema =
        new Schema(
            required(1, "id", Types.LongType.get()),
            optional(2, "local", Types.TimestampNanoType.withoutZone()),
            optional(3, "instant", Types.TimestampNanoType.withZone()),
            optional(4, "anything", Types.VariantType.get()),
            optional(5, "nothing", Types.UnknownType.get()),
            optional(6, "place", Types.GeometryType.crs84()),
            Types.NestedField.optional("huge")
                .withId(7)
                .ofType(Types.LongType.get())
                .withInitialDefault(Literal.of(Long.MAX_VALUE - 1))
                .withWriteDefault(Literal.of(Long.MIN_VALUE + 1))
                .build());
    catalog
        .buildTable(named("three"), schema)
        .withProperties(Map.of("format-version", "3"))
        .create();
    Table table = catalog.loadTable(named("three"));
    assertThat(table.schema().asStruct()).isEqualTo(schema.asStruct());

    long rows = (1L << 53) + 1;
    table.newAppend().appendFile(file("/a.parquet", rows)).commit();
    table.newAppend().appendFile(file("/b.parquet", 7)).commit();
    Table reloaded = catalog.loadTable(named("three"));
    TableOperations operations = ((BaseTable) reloaded).operations();
    assertThat(operations.current().nextRowId()).isEqualTo(rows + 7);
    Snapshot second = reloaded.currentSnapshot();
    assertThat(second.firstRowId()).isEqualTo(rows);
    assertThat(second.addedRows()).isEqualTo(7);
    assertThat(reloaded.snapshot(second.parentId()).firstRowId()).isEqualTo(0);
  }
}

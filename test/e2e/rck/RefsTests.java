package org.apache.iceberg.rest;

import static org.apache.iceberg.types.Types.NestedField.required;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.relocated.com.google.common.collect.Lists;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Branches and tags of a whole catalog, reached as Spark, Trino and Flink reach them: by the warehouse setting. */
public class RefsTests {
  private static final Schema SCHEMA = new Schema(required(1, "id", Types.LongType.get()));
  private static final String DATA = "/a.parquet";

  /** Of its own, so that the kit's tables are on no other branch. */
  private final String name = "java_" + UUID.randomUUID();
  private final Namespace namespace = Namespace.of("shop");
  private final TableIdentifier table = TableIdentifier.of(namespace, "orders");
  private RESTCatalog main;

  private RESTCatalog at(String ref) {
    RESTCatalog catalog = new RESTCatalog();
    catalog.initialize(
        "refs", Map.of("uri", System.getProperty("uri"), "warehouse", name + "@" + ref));
    return catalog;
  }

  private static void create(String path, String body) throws Exception {
    send("POST", path, body);
  }

  private static void send(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(System.getProperty("uri") + "/api/v1/" + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
  }

  private RESTCatalog branch(String branch) throws Exception {
    create("branches", "{\"catalog\": \"" + name + "\", \"name\": \"" + branch + "\"}");
    return at(branch);
  }

  private static void append(Table table, String path) {
    table
        .newAppend()
        .appendFile(
            DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath(path)
                .withFileSizeInBytes(10)
                .withRecordCount(10)
                .build())
        .commit();
  }

  private List<FileScanTask> scan(RESTCatalog catalog) {
    return Lists.newArrayList(catalog.loadTable(table).newScan().planFiles());
  }

  @BeforeEach
  void open() throws Exception {
    create("catalogs", "{\"name\": \"" + name + "\", \"warehouse_name\": \"default\"}");
    main = at("main");
    main.createNamespace(namespace);
    main.buildTable(table, SCHEMA).withProperties(Map.of("format-version", "3")).create();
    append(main.loadTable(table), DATA);
  }

  @Test
  public void reachesBranchesAndTagsByTheWarehouseSetting() throws Exception {
    RESTCatalog dev = branch("feature/java+1");
    create("tags", "{\"catalog\": \"" + name + "\", \"name\": \"v/1\"}");
    append(dev.loadTable(table), "/b.parquet");
    dev.createTable(TableIdentifier.of(namespace, "only"), SCHEMA);
    assertThat(scan(dev)).hasSize(2);
    assertThat(scan(main)).hasSize(1);
    assertThat(main.listTables(namespace)).containsExactly(table);
    append(main.loadTable(table), "/c.parquet");
    RESTCatalog tag = at("v/1");
    assertThat(scan(tag)).hasSize(1);
    assertThatThrownBy(() -> append(tag.loadTable(table), "/d.parquet"))
        .isInstanceOf(ForbiddenException.class)
        .hasMessageContaining("is a tag: it can be read, not changed");
    assertThatThrownBy(() -> tag.dropTable(table)).isInstanceOf(ForbiddenException.class);
  }

  @Test
  public void keepsDeletionVectorsAndRowLineageOnTheirBranch() throws Exception {
    RESTCatalog dev = branch("vectors");
    deleteRow(dev.loadTable(table), 3);
    append(main.loadTable(table), "/b.parquet");
    RESTCatalog later = branch("later");
    deleteRow(later.loadTable(table), 5);
    assertThat(vectors(dev)).hasSize(1);
    assertThat(vectors(main)).isEmpty();
    assertThat(vectors(later)).hasSize(1);
    assertThat(vectors(later).get(0).location()).isNotEqualTo(vectors(dev).get(0).location());
    assertThat(vectors(dev).get(0).referencedDataFile()).isEqualTo(DATA);
    assertThat(scan(dev)).hasSize(1);
    assertThat(scan(later)).hasSize(2);
    assertThat(main.loadTable(table).currentSnapshot().firstRowId()).isEqualTo(10);
  }

  @Test
  public void expiresSnapshotsOnlyWhereNoOtherRefNeedsTheirFiles() throws Exception {
    Snapshot first = main.loadTable(table).currentSnapshot();
    RESTCatalog dev = branch("dev");
    append(main.loadTable(table), "/b.parquet");
    append(dev.loadTable(table), "/c.parquet");
    for (RESTCatalog catalog : List.of(main, dev))
      assertThatThrownBy(() -> expireAllButTheLast(catalog.loadTable(table)))
          .isInstanceOf(ValidationException.class)
          .hasMessageContaining("GC is disabled");
    assertThat(exists(first)).isTrue();
    assertThat(dev.loadTable(table).snapshots()).hasSize(2);
    send("DELETE", "branches/dev?catalog=" + name, "");
    expireAllButTheLast(main.loadTable(table));
    assertThat(main.loadTable(table).snapshots()).hasSize(1);
    assertThat(exists(first)).isFalse();
    assertThat(scan(main)).hasSize(2);
  }

  private static void expireAllButTheLast(Table table) {
    table.expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
  }

  private static boolean exists(Snapshot snapshot) {
    return Files.exists(Path.of(URI.create(snapshot.manifestListLocation()).getPath()));
  }

  private void deleteRow(Table table, long position) throws Exception {
    OutputFileFactory files =
        OutputFileFactory.builderFor(table, 1, 1).format(FileFormat.PUFFIN).build();
    BaseDVFileWriter writer = new BaseDVFileWriter(files, path -> null);
    try (writer) {
      writer.delete(DATA, position, table.spec(), null);
    }
    RowDelta delta = table.newRowDelta();
    writer.result().deleteFiles().forEach(delta::addDeletes);
    delta.commit();
  }

  private List<DeleteFile> vectors(RESTCatalog catalog) {
    return scan(catalog).stream().flatMap(task -> task.deletes().stream()).toList();
  }
}

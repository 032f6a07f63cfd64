package org.apache.iceberg.rest;

import java.util.List;
import java.util.Map;
import org.apache.iceberg.catalog.CatalogTests;
import org.apache.iceberg.catalog.Namespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The kit's tests of nested namespaces, of slashes in names and of unique locations, which it leaves out. */
public class MoreCatalogTests extends CatalogTests<RESTCatalog> {
  private RESTCatalog catalog;

  @BeforeEach
  void open() {
    catalog = RCKUtils.initCatalogClient();
    catalog.listNamespaces().forEach(this::drop);
  }

  @AfterEach
  void clean() throws Exception {
    catalog.listNamespaces().forEach(this::drop);
    catalog.close();
  }

  private void drop(Namespace namespace) {
    List<Namespace> children = catalog.listNamespaces(namespace);
    children.forEach(this::drop);
    catalog.listTables(namespace).forEach(catalog::dropTable);
    catalog.listViews(namespace).forEach(catalog::dropView);
    catalog.dropNamespace(namespace);
  }

  @Override
  protected RESTCatalog catalog() {
    return catalog;
  }

  @Override
  protected RESTCatalog initCatalog(String name, Map<String, String> properties) {
    return RCKUtils.initCatalogClient(properties);
  }

  @Override
  protected boolean requiresNamespaceCreate() {
    return true;
  }

  @Override
  protected boolean supportsServerSideRetry() {
    return true;
  }

  @Override
  protected boolean supportsNestedNamespaces() {
    return true;
  }

  @Override
  protected boolean supportsNamesWithSlashes() {
    return true;
  }
}

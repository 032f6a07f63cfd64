import fc from "fast-check";
import { createTable } from "../../src/catalog/createTable.ts";
import { dropTable } from "../../src/catalog/dropTable.ts";
import { updateNamespaceProperties } from "../../src/catalog/namespaceProperties.ts";
import {
	createNamespace,
	dropNamespace,
} from "../../src/catalog/namespaces.ts";
import { renameTable } from "../../src/catalog/renames.ts";
import { type ErrorCode, PangolinError } from "../../src/model/errors.ts";
import type { Identifier } from "../../src/model/names.ts";
import { keyText } from "../../src/store/entryKeys.ts";
import { SCHEMA, setProperty, type TestCatalog } from "./catalog.ts";

/** Changes of a catalog drawn from so few names that they meet. */
export type Operation =
	| { readonly do: "create" | "drop"; readonly table: Identifier }
	| {
			readonly do: "commit";
			readonly table: Identifier;
			readonly value: string;
	  }
	| {
			readonly do: "rename";
			readonly table: Identifier;
			readonly to: Identifier;
	  }
	| {
			readonly do: "createNamespace" | "dropNamespace";
			readonly path: readonly string[];
	  }
	| {
			readonly do: "setNamespace";
			readonly path: readonly string[];
			readonly value: string;
	  };

const path = fc.constantFrom(["a"], ["b"], ["a", "c"]);
const table = fc.record({
	namespace: path,
	name: fc.constantFrom("t", "u", "v"),
});
const value = fc.constantFrom("1", "2", "3");

export const operation: fc.Arbitrary<Operation> = fc.oneof(
	fc.record({ do: fc.constant("create" as const), table }),
	fc.record({ do: fc.constant("create" as const), table }),
	fc.record({ do: fc.constant("commit" as const), table, value }),
	fc.record({ do: fc.constant("commit" as const), table, value }),
	fc.record({ do: fc.constant("drop" as const), table }),
	fc.record({ do: fc.constant("rename" as const), table, to: table }),
	fc.record({ do: fc.constant("createNamespace" as const), path }),
	fc.record({ do: fc.constant("dropNamespace" as const), path }),
	fc.record({ do: fc.constant("setNamespace" as const), path, value }),
);

const MAY_BE: ReadonlySet<ErrorCode> = new Set([
	"already-exists",
	"namespace-not-empty",
	"namespace-not-found",
	"table-not-found",
]);

/** Does what can be done; what there is nothing to do it to is left alone. */
export async function perform(
	catalog: Pick<TestCatalog, "deps" | "scope">,
	operation: Operation,
): Promise<void> {
	try {
		await act(catalog, operation);
	} catch (error) {
		if (!(error instanceof PangolinError) || !MAY_BE.has(error.code))
			throw error;
	}
}

async function act(
	catalog: Pick<TestCatalog, "deps" | "scope">,
	each: Operation,
): Promise<unknown> {
	const { deps, scope } = catalog;
	switch (each.do) {
		case "create": {
			const { namespace, name } = each.table;
			return createTable(deps, scope, namespace, { name, schema: SCHEMA });
		}
		case "drop":
			return dropTable(deps, scope, each.table, { purge: false });
		case "commit":
			return setProperty(catalog, each.table, "k", each.value);
		case "rename":
			return renameTable(deps, scope, {
				source: each.table,
				destination: each.to,
			});
		case "createNamespace":
			return createNamespace(deps, scope, { namespace: each.path });
		case "dropNamespace":
			return dropNamespace(deps, scope, each.path);
		case "setNamespace":
			return updateNamespaceProperties(deps, scope, each.path, {
				updates: { p: each.value },
			});
	}
}

/** All that a ref shows, by key. */
export async function shownBy({
	store,
	scope,
}: Pick<TestCatalog, "store" | "scope">): Promise<Record<string, unknown>> {
	const rows = await store.entries.all(scope.at, { limit: 10_000 });
	return Object.fromEntries(
		// A namespace is what its name says, whatever its id.
		rows.map(({ key, entry }) => [
			keyText(key),
			entry.kind === "namespace" ? { ...entry, id: null } : entry,
		]),
	);
}

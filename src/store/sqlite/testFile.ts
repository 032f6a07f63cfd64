import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CatalogId, LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import { checkRows } from "../checking/checkRows.ts";
import {
	insertCatalog,
	insertLine,
	insertRef,
	insertTenant,
	namespaceKey,
	objectKey,
} from "../conformance/world.ts";
import { inspectSqlite } from "./check.ts";
import { openSqliteMover } from "./mover.ts";

/** The path of a file that does not exist yet, in a folder that goes when the test ends. */
export function filePath(test: TestContext): string {
	const folder = mkdtempSync(join(tmpdir(), "pangolin-sqlite-"));
	test.after(() => rmSync(folder, { recursive: true, force: true }));
	return join(folder, "pangolin.db");
}

export const TENANT = brandId<TenantId>("tenant");
export const CATALOG = brandId<CatalogId>("catalog");
export const MAIN = brandId<LineId>("line-main");
export const AT_MAIN = { tenant: TENANT, line: MAIN };

/** What a check finds in a file. */
export async function problemsOf(path: string): Promise<readonly string[]> {
	const damage = inspectSqlite(path);
	const rows = openSqliteMover(path).dump(undefined);
	return damage.length > 0 ? damage : await checkRows(rows);
}

/** A tenant, a catalog and its branch. */
export const SETUP: readonly Change[] = [
	insertTenant(TENANT),
	insertCatalog(TENANT, "cat", CATALOG, null),
	insertLine({ tenant: TENANT, catalog: CATALOG, id: MAIN }),
	insertRef({ tenant: TENANT, catalog: CATALOG, name: "main", line: MAIN }),
];

let commits = 0;

/** A commit on the branch. */
export function commitOf(
	entries: Extract<Change, { op: "advance" }>["entries"],
): Change {
	return {
		op: "advance",
		...AT_MAIN,
		catalog: CATALOG,
		nowMicros: 1_000_000,
		commit: {
			id: brandId(`commit-${commits++}`),
			mergedParents: [],
			author: brandId("author"),
			authorName: "An Author",
			message: "m",
		},
		entries,
	};
}

export function createNamespace(...levels: string[]) {
	const entry = {
		kind: "namespace",
		id: brandId<never>(`ns-${levels.join(".")}`),
		properties: { owner: "x" },
	} as const;
	return { op: "create", key: namespaceKey(...levels), entry } as const;
}

/** A table whose metadata file is numbered. */
export function tableOf(name: string, version = 0) {
	return {
		kind: "table" as const,
		id: brandId<never>(`id-${name}`),
		uuid: `uuid-${name}`,
		metadataLocation: `memory:///${name}/${version}.metadata.json`,
	};
}

export function createTable(namespace: readonly string[], name: string) {
	const key = objectKey(namespace, name);
	return { op: "create", key, entry: tableOf(name) } as const;
}

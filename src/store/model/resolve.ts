import type { CatalogId, CommitId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type {
	Change,
	ChangeSet,
	EntryChange,
	RecordChange,
} from "../changes.ts";
import {
	insertCatalog,
	insertLine,
	insertRef,
	insertTenant,
	namespaceKey,
	objectKey,
} from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import type { Drawn, DrawnEntry, DrawnVersion } from "./commands.ts";

const OF_CATALOG = {
	tenant: brandId<TenantId>("t0"),
	catalog: brandId<CatalogId>("k0"),
};

/** Where every run begins: a branch with tables, another that forked from it, and one that shows a part of it. */
export const BASE: ChangeSet = [
	insertTenant(brandId("t0")),
	insertCatalog(brandId("t0"), "c0", brandId("k0"), null),
	insertLine({ ...OF_CATALOG, id: brandId("l0") }),
	insertRef({ ...OF_CATALOG, name: "main", line: brandId("l0") }),
	{
		op: "advance",
		...OF_CATALOG,
		line: brandId("l0"),
		nowMicros: 1,
		commit: {
			id: brandId("commit"),
			mergedParents: [],
			author: brandId("author"),
			authorName: "A",
			message: "m",
		},
		entries: [
			createNamespace("a"),
			createNamespace("b"),
			createNamespace("a", "b"),
			createTable("x", "m0"),
			createTable("y", "m1"),
		],
	},
	insertLine({
		...OF_CATALOG,
		id: brandId("l1"),
		parent: { line: brandId("l0"), number: 1 },
	}),
	insertRef({ ...OF_CATALOG, name: "b", line: brandId("l1") }),
	insertLine({
		...OF_CATALOG,
		id: brandId("l4"),
		parent: { line: brandId("l0"), number: 1 },
		filter: [namespaceKey("a"), objectKey(["a"], "x")],
	}),
	insertRef({ ...OF_CATALOG, name: "p", line: brandId("l4") }),
];

function createNamespace(...levels: string[]): EntryChange {
	const entry = { kind: "namespace", id: brandId<never>("a0") } as const;
	const key = namespaceKey(...levels);
	return { op: "create", key, entry: { ...entry, properties: {} } };
}

function createTable(name: string, file: string): EntryChange {
	const entry = {
		kind: "table" as const,
		id: brandId<never>(`a-${name}`),
		uuid: "u0",
		metadataLocation: `memory:///w/${file}/f`,
	};
	return { op: "create", key: objectKey(["a"], name), entry };
}

/** Looks up the versions that a drawn set leaves open. */
export async function resolve(
	store: Store,
	drawn: readonly Drawn[],
): Promise<ChangeSet> {
	return Promise.all(drawn.map((each) => resolveOne(store, each)));
}

async function resolveOne(store: Store, drawn: Drawn): Promise<Change> {
	if ("advance" in drawn) {
		const entries = await Promise.all(
			drawn.entries.map((entry) => resolveEntry(store, drawn.advance, entry)),
		);
		return { ...drawn.advance, entries };
	}
	const { change } = drawn;
	if (!("versionOf" in drawn) || !("collection" in change)) return change;
	if (change.op === "insert") return change;
	const { versionOf } = drawn;
	const version =
		versionOf === "current" ? await versionIn(store, change) : versionOf;
	if (change.op === "check") return { ...change, version };
	// The drawn change has all but its version.
	return { ...change, ifVersion: version } as Change;
}

async function resolveEntry(
	store: Store,
	{ tenant, line }: Extract<Change, { op: "advance" }>,
	{ op, key, entry, version, isFinal }: DrawnEntry,
): Promise<EntryChange> {
	const shown = await store.entries.get({ tenant, line }, key);
	const drawnOrFirst = version === "current" ? 1 : version;
	const ifVersion =
		version === "current" && shown !== undefined
			? shown.version
			: { line, number: drawnOrFirst };
	switch (op) {
		case "create":
			return { op, key, entry };
		case "replace":
			return { op, key, entry, ifVersion };
		case "write":
			return shown === undefined
				? { op: "create", key, entry }
				: { op: "replace", key, entry, ifVersion };
		case "drop":
			return { op, key, ifVersion, isFinal };
		default:
			return { op, key, ifVersion };
	}
}

async function versionIn(
	store: Store,
	change: Exclude<RecordChange, { op: "insert" }>,
): Promise<Exclude<DrawnVersion, string>> {
	const { key } = change;
	switch (change.collection) {
		case "tenant":
			return (await store.registry.tenant(change.key.tenant))?.version ?? 1;
		case "warehouse":
		case "catalog": {
			const { tenant, name } = change.key;
			const row = await store.registry[change.collection](tenant, name);
			return row?.version ?? 1;
		}
		case "ref": {
			const { tenant, catalog, name } = change.key;
			return (await store.refs.ref(tenant, catalog, name))?.version ?? 1;
		}
		case "job": {
			const row = await store.work.job(key.tenant, change.key.job);
			return row?.version ?? 1;
		}
		default:
			return 1;
	}
}

/** The use case makes the ids of commits unique. */
export function withCommitIds(changes: ChangeSet, set: number): ChangeSet {
	return changes.map((change, i) => {
		if (change.op !== "advance") return change;
		const id = brandId<CommitId>(`commit-${set}-${i}`);
		return { ...change, commit: { ...change.commit, id } };
	});
}

import fc from "fast-check";
import type { NamespacePath } from "../../model/names.ts";
import { pathKey } from "../../model/names.ts";
import type { Change, EntryChange } from "../changes.ts";
import type { Entry, EntryKey } from "../records.ts";

/**
 * Changes drawn from so few names that they meet: most sets are applied, many
 * are refused. A version is `current` (looked up when the set is built) or a
 * number that may be wrong.
 */
export type DrawnVersion = "current" | number;

/** A change whose versions are still to be looked up. */
export type Drawn =
	| { readonly change: Change }
	| { readonly change: Change; readonly versionOf: DrawnVersion }
	| {
			readonly advance: Extract<Change, { op: "advance" }>;
			readonly entries: readonly DrawnEntry[];
	  };

export interface DrawnEntry {
	/** `write` becomes a `create` or a `replace`, whichever fits. */
	readonly op: EntryChange["op"] | "write";
	readonly key: EntryKey;
	readonly entry: Entry;
	readonly version: DrawnVersion;
	/** Of a drop. */
	readonly isFinal: boolean;
}

export const TENANTS = ["t0", "t1"];
export const LINES = ["l0", "l1", "l2", "l3", "l4"];
export const NAMES = ["x", "y", "X", "\uff5e", "\u{1f600}"];
export const ASSETS = ["a0", "a1", "a2", "a3"];
export const FILES = ["m0", "m1", "m2", "m3"].map((f) => `memory:///w/${f}/f`);
const CATALOGS = ["k0", "k1"];
export const REFS = ["main", "b", "p", "v"];
const PATHS: readonly NamespacePath[] = [
	["a"],
	["b"],
	["a", "b"],
	["a", "b", "c"],
];

/** The strings are ids only for this test. */
const pick = (values: readonly string[]) =>
	fc.constantFrom(...values) as fc.Arbitrary<never>;
/** One value most of the time, so that changes meet. */
const mostly = (usual: string, all: readonly string[], weight = 8) =>
	fc.oneof(
		{ weight, arbitrary: pick([usual]) },
		{ weight: 1, arbitrary: pick(all) },
	);
const tenant = mostly("t0", TENANTS);
const catalog = mostly("k0", CATALOGS);
const line = mostly("l0", LINES, 2);
const number = fc.nat({ max: 3 });
const version: fc.Arbitrary<DrawnVersion> = fc.oneof(
	{ weight: 5, arbitrary: fc.constant("current" as const) },
	{ weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
);
const properties = fc.constantFrom({}, { p: "1" }, { ["__proto__"]: "2" });

const tenantRow = fc.record({ id: tenant, name: pick(["n"]), properties });
const warehouseRow = fc.record({
	id: pick(["i0", "i1"]),
	tenant,
	name: pick(["w0", "w1"]),
	storageConfig: properties,
	useSts: fc.boolean(),
	vendingStrategy: fc.constantFrom(null, "{}"),
});
const catalogRow = fc.record({
	id: catalog,
	tenant,
	name: pick(["c0", "c1"]),
	type: fc.constantFrom("Local" as const, "Federated" as const),
	warehouse: fc.constantFrom(null, null, "w0", "w1"),
	storageLocation: fc.constantFrom(null, "memory:///w/"),
	properties,
});
const refRow = fc.oneof(
	fc.record({
		tenant,
		catalog,
		name: pick(REFS),
		kind: fc.constant("branch" as const),
		line,
		number: fc.constant(null),
		settings: fc.constant("{}"),
	}),
	fc.record({
		tenant,
		catalog,
		name: pick(REFS),
		kind: fc.constant("tag" as const),
		line,
		number,
		settings: fc.constant("{}"),
	}),
);
const jobRow = fc.record({
	id: pick(["j0", "j1"]),
	tenant,
	kind: fc.constant("purge"),
	payload: fc.constant("{}"),
	runAfterMillis: number,
	attempts: number,
	lastError: fc.constantFrom(null, "e"),
	leaseOwner: fc.constantFrom(null, "o"),
	leaseUntilMillis: number,
});
const idempotencyRow = fc.record({
	tenant,
	key: pick(["r0", "r1"]),
	binding: fc.constant("h"),
	status: fc.constant(200),
	body: fc.constantFrom(null, "body"),
	metadataLocation: fc.constant(null),
	expiresAtMillis: number,
});

/** Insert, update, delete and check of one collection. */
function recordChanges<Value extends object>(
	collection: string,
	row: fc.Arbitrary<Value>,
	keyOf: (value: Value) => object,
): fc.Arbitrary<Drawn> {
	return fc
		.record({
			op: fc.constantFrom("insert", "insert", "update", "delete", "check"),
			value: row,
			other: row,
			version,
			isBare: fc.boolean(),
		})
		.map(({ op, value, other, version: versionOf, isBare }) => {
			const key = keyOf(value);
			const byName = collection === "catalog" || collection === "warehouse";
			const next = byName
				? { ...other, ...tenantOf(value) }
				: { ...other, ...idsOf(value) };
			const change = {
				insert: { op, collection, value },
				update: { op, collection, key, value: next },
				delete: { op, collection, key },
				check: { op, collection, key, version: "absent" },
			}[op] as unknown as Change;
			const isUnversioned = op === "insert" || (op !== "update" && isBare);
			return isUnversioned ? { change } : { change, versionOf };
		});
}

function tenantOf(value: object): object {
	return "tenant" in value ? { tenant: value.tenant } : {};
}

/** The fields that an update keeps. */
function idsOf(value: object): object {
	return Object.fromEntries(
		Object.entries(value).filter(
			([name]) =>
				["id", "tenant", "key"].includes(name) ||
				("settings" in value && ["catalog", "name"].includes(name)),
		),
	);
}

const namespaceKey = fc.constantFrom(...PATHS).map(
	(path): EntryKey => ({
		space: "namespace",
		parent: pathKey(path.slice(0, -1)),
		name: path.at(-1) ?? "",
	}),
);
const objectKey = fc.tuple(fc.constantFrom(...PATHS), pick(NAMES)).map(
	([path, name]): EntryKey => ({
		space: "object",
		parent: pathKey(path),
		name,
	}),
);
const lineRow = fc.record({
	id: line,
	tenant,
	catalog,
	parent: fc.option(fc.record({ line, number })),
	filter: fc.option(
		fc.array(fc.oneof(namespaceKey, objectKey), { maxLength: 3 }),
		{ freq: 2 },
	),
	head: fc.constant(0),
	headTimeMicros: fc.constant(0),
});
const namespaceEntry = fc.record({
	kind: fc.constant("namespace" as const),
	id: pick(ASSETS),
	properties,
});
const objectEntry = fc.oneof(
	fc.record({
		kind: fc.constantFrom("table" as const, "table" as const, "view" as const),
		id: pick(ASSETS),
		uuid: pick(["u0", "u1"]),
		metadataLocation: pick(FILES),
	}),
	fc.record({
		kind: fc.constant("asset" as const),
		id: pick(ASSETS),
		assetType: fc.constant("FILE"),
		location: fc.constant("memory:///w/x"),
		properties,
	}),
);
const keyAndEntry = fc.oneof(
	fc.record({ key: namespaceKey, entry: namespaceEntry }),
	fc.record({ key: objectKey, entry: objectEntry }),
);
const entryChange: fc.Arbitrary<DrawnEntry> = fc
	.record({
		op: fc.constantFrom(
			...(["write", "write", "write", "write", "write", "drop"] as const),
			...(["create", "replace", "drop", "require"] as const),
		),
		drawn: keyAndEntry,
		version,
		isFinal: fc.boolean(),
	})
	.map(({ drawn, ...rest }) => ({ ...drawn, ...rest }));
const advance: fc.Arbitrary<Drawn> = fc
	.record({
		tenant,
		catalog,
		line: pick(["l0", "l0", "l0", "l1", "l1", "l1", "l2", "l3", "l4"]),
		nowMicros: fc.integer({ min: 0, max: 20 }),
		entries: fc.array(entryChange, { minLength: 1, maxLength: 2 }),
		id: pick(["commit"]),
		mergedParents: fc.array(fc.record({ line, number }), { maxLength: 1 }),
		author: pick(["author"]),
	})
	.map(({ entries, id, mergedParents, author, ...rest }) => ({
		advance: {
			op: "advance" as const,
			...rest,
			commit: { id, mergedParents, author, authorName: "A", message: "m" },
			entries: [],
		},
		entries,
	}));
const claim: fc.Arbitrary<Drawn> = fc
	.record({
		op: fc.constantFrom("claim", "claim", "setClaims", "releaseClaims"),
		location: fc.constantFrom("s:/a/", "s:/a/b/", "s:/ab/", "s:/", "s:/a/b/c/"),
		tenant,
		catalog,
		asset: pick(ASSETS),
		uuid: pick(["u0", "u1"]),
		state: fc.constantFrom("held", "dropped", "purging"),
	})
	.map(({ op, ...value }) => ({
		change: (op === "claim"
			? { op, claim: value }
			: {
					op,
					tenant: value.tenant,
					asset: value.asset,
					state: value.state,
				}) as Change,
	}));

const change: fc.Arbitrary<Drawn> = fc.oneof(
	{ weight: 12, arbitrary: advance },
	{ weight: 2, arbitrary: claim },
	{
		weight: 1,
		arbitrary: recordChanges("tenant", tenantRow, ({ id }) => ({ tenant: id })),
	},
	{
		weight: 1,
		arbitrary: recordChanges("warehouse", warehouseRow, ({ tenant, name }) => ({
			tenant,
			name,
		})),
	},
	{
		weight: 2,
		arbitrary: recordChanges("catalog", catalogRow, ({ tenant, name }) => ({
			tenant,
			name,
		})),
	},
	{
		weight: 5,
		arbitrary: recordChanges("line", lineRow, ({ tenant, id }) => ({
			tenant,
			line: id,
		})),
	},
	{
		weight: 3,
		arbitrary: recordChanges("ref", refRow, ({ tenant, catalog, name }) => ({
			tenant,
			catalog,
			name,
		})),
	},
	{
		weight: 1,
		arbitrary: recordChanges("job", jobRow, ({ tenant, id }) => ({
			tenant,
			job: id,
		})),
	},
	{
		weight: 1,
		arbitrary: recordChanges(
			"idempotency",
			idempotencyRow,
			({ tenant, key }) => ({ tenant, key }),
		),
	},
);

/** What one run applies, one set after another. */
export function changeSetsUpTo(maxLength: number): fc.Arbitrary<Drawn[][]> {
	const set = fc.oneof(
		{ weight: 4, arbitrary: fc.tuple(change) },
		{ weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 3 }) },
	);
	return fc.array(set, { minLength: 1, maxLength, size: "max" });
}

export const changeSets = changeSetsUpTo(30);

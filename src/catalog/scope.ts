import type { FileStorage } from "../files/contract.ts";
import { assert, PangolinError } from "../model/errors.ts";
import type { Principal } from "../model/principal.ts";
import type { LineAt, Listing, Located } from "../store/contract.ts";
import type { EntryKey } from "../store/records.ts";
import { MAIN_BRANCH as MAIN } from "../versioning/refNames.ts";
import type { CatalogDeps } from "./deps.ts";
import type { IdempotencySlot } from "./idempotencySlot.ts";
import { type Addressed, locateRef, type Pinned } from "./refs/locate.ts";
import { settingsOf } from "./refs/settings.ts";
import { refMissing } from "./refs/states.ts";

/** Where a request acts and for whom; opened once per request. */
export interface Scope {
	readonly principal: Principal;
	/** `seen` and `listed` are for what only reads: a change decides on what it reads itself. */
	readonly located: Located;
	/** Why it can be read only; undefined: a branch. */
	readonly pinned: Pinned | undefined;
	readonly at: LineAt;
	/** The catalog's warehouse; refuses everything when the catalog has none. */
	readonly storage: FileStorage;
	/** Where the effect leaves its idempotency record; see `runOnce`. */
	readonly slot?: IdempotencySlot | undefined;
	/** Message of the commit that the request makes; absent: a generated one. */
	readonly message?: string | undefined;
	/** The caller's client is known to delete no files itself. */
	readonly keepsFiles?: true | undefined;
}

/** What `/v1/config` needs to know about a `warehouse` parameter. */
export interface CatalogConfig {
	/** One path segment of unreserved characters, opaque to clients. */
	readonly prefix: string;
	readonly located: Located;
}

const DEFAULT_CATALOG = "default";

/**
 * Resolves the prefix that `configFor` gave out: `<catalog>` is its `main`,
 * `<catalog>~<ref>` another branch or tag, a commit id or a time.
 * @param look what the request will ask for, if it only reads: seen at once
 * @throws PangolinError `catalog-not-found`, `ref-not-found` (also for a branch that
 *   has expired), `unsupported`
 */
export async function openScope(
	deps: CatalogDeps,
	principal: Principal,
	prefix: string,
	look?: EntryKey | Listing,
): Promise<Scope> {
	const tilde = prefix.indexOf("~");
	const catalog = tilde < 0 ? prefix : prefix.slice(0, tilde);
	const ref = tilde < 0 ? MAIN : decodeRef(prefix.slice(tilde + 1));
	const addressed =
		ref === undefined
			? undefined
			: await locateRef(deps, principal.tenant, catalog, ref, look);
	if (addressed === undefined) {
		if (tilde >= 0) throw refMissing(catalog, ref ?? prefix.slice(tilde + 1));
		throw new PangolinError(
			"catalog-not-found",
			`Catalog does not exist: ${prefix}`,
		);
	}
	return scopeOf(deps, principal, addressed);
}

function scopeOf(
	deps: CatalogDeps,
	principal: Principal,
	{ located, pinned }: Addressed,
): Scope {
	if (located.catalog.type !== "Local") {
		throw new PangolinError(
			"unsupported",
			`Catalog ${located.catalog.name} is federated, which this server does not serve`,
		);
	}
	const { ref, warehouse } = located;
	return {
		principal,
		located,
		pinned,
		at: {
			tenant: principal.tenant,
			line: ref.line,
			number: ref.number ?? undefined,
		},
		storage:
			warehouse === null
				? withoutWarehouse(located.catalog.name)
				: deps.storageFor(warehouse),
	};
}

/**
 * Finds the catalog (and ref) that `warehouse=<catalog>[@<ref>]` names. Without
 * the parameter it is the catalog `default`, or the only one of the tenant.
 * @throws PangolinError `warehouse-not-found`, `ref-not-found`, `bad-request`
 */
export async function configFor(
	deps: CatalogDeps,
	principal: Principal,
	warehouse: string | undefined,
): Promise<CatalogConfig> {
	const name = await catalogOrDefault(deps, principal, warehouse);
	const at = name.indexOf("@");
	const catalog = at < 0 ? name : name.slice(0, at);
	const ref = at < 0 ? MAIN : name.slice(at + 1);
	const addressed = await locateRef(deps, principal.tenant, catalog, ref);
	if (addressed === undefined) {
		throw new PangolinError(
			"warehouse-not-found",
			at < 0
				? `Warehouse does not exist: ${name}`
				: `Warehouse does not exist: ${name}: there is no catalog ${catalog}, or no branch, tag or commit ${ref} in it`,
		);
	}
	return { prefix: prefixOf(catalog, ref), located: addressed.located };
}

/**
 * The catalog that a request names, else the catalog `default`, else the only one.
 * @throws PangolinError `bad-request` when there are several
 */
export async function catalogOrDefault(
	deps: CatalogDeps,
	principal: Principal,
	name: string | null | undefined,
): Promise<string> {
	if (name !== undefined && name !== null && name !== "") return name;
	const { registry } = deps.store;
	const preferred = await registry.catalog(principal.tenant, DEFAULT_CATALOG);
	if (preferred !== undefined) return DEFAULT_CATALOG;
	const [only, ...others] = await registry.catalogs(principal.tenant, {
		limit: 2,
	});
	if (only !== undefined && others.length === 0) return only.value.name;
	throw new PangolinError(
		"bad-request",
		"Name the catalog (Iceberg clients: warehouse=<catalog>)",
	);
}

/**
 * Clients put the prefix into their URLs unescaped, and some decode it first:
 * only unreserved characters survive both.
 */
export function prefixOf(catalog: string, ref: string): string {
	return ref === MAIN ? catalog : `${catalog}~${encodeRef(ref)}`;
}

function encodeRef(ref: string): string {
	return ref.replaceAll(/[^A-Za-z0-9_.-]/gu, (character) =>
		[...Buffer.from(character)]
			.map((byte) => `~${byte.toString(16).padStart(2, "0")}`)
			.join(""),
	);
}

/** Undefined for what `encodeRef` never makes. */
function decodeRef(encoded: string): string | undefined {
	if (!/^(?:[A-Za-z0-9_.-]|~[0-9a-f]{2})+$/.test(encoded)) return undefined;
	const ref = decodeUtf8(
		encoded.replaceAll(/~([0-9a-f]{2})/g, (_, hex: string) =>
			String.fromCharCode(Number.parseInt(hex, 16)),
		),
	);
	return ref !== undefined && encodeRef(ref) === encoded ? ref : undefined;
}

function decodeUtf8(bytes: string): string | undefined {
	const text = Buffer.from(bytes, "latin1").toString("utf8");
	return text.includes("\ufffd") ? undefined : text;
}

/**
 * Refuses changes where nothing can be changed.
 * @throws PangolinError `forbidden`
 */
export function requireWritable(scope: Scope): void {
	const { ref, catalog, seen, listed } = scope.located;
	assert(
		(seen ?? listed) === undefined,
		"a change reads what it decides on itself",
	);
	if (scope.pinned !== undefined) throw readOnly(scope, scope.pinned);
	if (settingsOf(ref).protected) {
		throw new PangolinError(
			"forbidden",
			`Branch ${catalog.name}@${ref.name} is protected: nothing is committed to it directly`,
		);
	}
}

/** Said where a change names a tag, a commit or a time. */
export function readOnly(
	{ located: { catalog, ref } }: Scope,
	pinned: Pinned,
): PangolinError {
	return new PangolinError(
		"forbidden",
		`${catalog.name}@${ref.name} is a ${pinned}: it can be read, not changed`,
	);
}

function withoutWarehouse(catalog: string): FileStorage {
	const refuse = (): never => {
		throw new PangolinError(
			"bad-request",
			`Catalog ${catalog} has no warehouse: it holds namespaces only`,
		);
	};
	return {
		roots: [],
		canonical: refuse,
		write: refuse,
		read: refuse,
		exists: refuse,
		list: refuse,
		remove: refuse,
		close: async () => {},
	};
}

import { brandId } from "../../model/ids.ts";
import { pathKey } from "../../model/names.ts";
import type { LineAt, Listing, Page, Store } from "../contract.ts";
import type { Commit, DroppedAsset, EntryKey, EntryRow } from "../records.ts";
import { ASSETS, FILES, LINES, NAMES, REFS, TENANTS } from "./commands.ts";

const KEY: EntryKey = {
	space: "object",
	parent: pathKey(["a"]),
	name: NAMES[0] ?? "",
};
const LIST: Listing = {
	parent: KEY.parent,
	kinds: ["table"],
	page: { limit: 9 },
};

/** Everything that a store tells, in a form that compares. Much is asked for at once: a network makes each answer wait. */
export async function readEverything(store: Store): Promise<unknown> {
	const parts: unknown[] = [];
	for (const each of TENANTS) {
		const tenant = brandId<never>(each);
		parts.push(
			await inPages((page) => store.registry.warehouses(tenant, page), nameOf),
			await inPages((page) => store.registry.catalogs(tenant, page), nameOf),
		);
		for (const catalog of ["k0", "k1"])
			parts.push(
				await inPages(
					(page) => store.refs.refs(tenant, brandId(catalog), page),
					nameOf,
				),
			);
		for (const catalog of ["c0", "c1"])
			for (const ref of REFS)
				parts.push(
					...(await Promise.all([
						store.refs.locate(tenant, catalog, ref, KEY),
						store.refs.locate(tenant, catalog, ref, LIST),
					])),
				);
		for (const line of LINES)
			parts.push(await readLine(store, { tenant, line: brandId(line) }));
		for (const asset of ASSETS)
			parts.push(
				await store.entries.isReachable(tenant, brandId(asset)),
				await store.entries.refsShowing(
					tenant,
					brandId("k0"),
					brandId(asset),
					2,
				),
				await store.claims.claimsOf(tenant, brandId(asset)),
			);
		parts.push(await store.work.job(tenant, brandId("j0")));
		parts.push(await store.work.idempotency(tenant, "r0"));
	}
	parts.push(
		await store.registry.tenants({ limit: 9 }),
		await readGlobals(store),
	);
	return parts;
}

async function readGlobals(store: Store): Promise<unknown[]> {
	const parts: unknown[] = [await store.work.nextJobAtMillis()];
	for (let now = 0; now < 8; now++)
		parts.push(
			await store.work.dueJobs(now, 2),
			await store.work.expiredIdempotency(now, 2),
		);
	for (const location of FILES)
		for (const since of [0, 5, 20])
			parts.push(await store.entries.namesMetadataFile(location, since));
	for (const prefix of ["memory:///w/m0/", "memory:///w/", "memory:///v/"])
		parts.push(await store.entries.assetsBelow(prefix, brandId("a0"), 3));
	for (const location of ["s:/", "s:/a/b/", "s:/a/b/c/d/"])
		parts.push(await store.claims.overlapping(location, 3));
	return parts;
}

async function readLine(store: Store, at: LineAt): Promise<unknown[]> {
	const line = await store.refs.line(at.tenant, at.line);
	const parts: unknown[] = [
		line,
		await store.commits.commits(at.tenant, at.line, { limit: 99 }),
		await store.commits.commits(at.tenant, at.line, { after: 4, limit: 2 }),
	];
	for (const { catalog } of line ? [line] : [])
		for (const { id } of await store.commits.commits(at.tenant, at.line, {
			limit: 99,
		}))
			parts.push(await store.commits.byId(at.tenant, catalog, id));
	parts.push(
		await inPages(
			(page: Page<DroppedAsset>) =>
				store.drops.dropped(at.tenant, at.line, page),
			(dropped) => dropped,
		),
	);
	for (const time of [0, 1, 3, 9, 15, 21, 99])
		parts.push(await store.commits.numberAt(at.tenant, at.line, time));
	const numbers = Array.from({ length: (line?.head ?? 0) + 1 }, (_, n) => n);
	for (const number of [undefined, ...numbers])
		parts.push(await readAt(store, { ...at, number }));
	for (const number of numbers)
		parts.push(await store.refs.isPinned(at.tenant, at.line, number));
	return parts;
}

async function readAt(store: Store, at: LineAt): Promise<unknown[]> {
	const all = await inPages(
		(page: Page<EntryKey>) => store.entries.all(at, page),
		(row: EntryRow) => row.key,
	);
	const parts: unknown[] = [all];
	for (const { key } of all) {
		parts.push(
			store.entries.get(at, key),
			inPages(
				(page: Page<number>) =>
					store.commits.ofKey(at.tenant, at.line, key, page),
				(commit: Commit) => commit.number,
			),
		);
	}
	for (const path of ["", "a", "a\u001fb"]) {
		const parent = path as EntryKey["parent"];
		for (const kinds of [
			["namespace"],
			["table"],
			["view"],
			["table", "asset"],
		] as const) {
			const filter = { parent, kinds };
			parts.push(
				store.entries.list(at, filter, { limit: 9 }),
				inPages(
					(page: Page<string>) => store.entries.names(at, filter, page),
					(name: string) => name,
				),
			);
		}
	}
	return Promise.all(parts);
}

function nameOf(row: { value: { name: string } }): string {
	return row.value.name;
}

/** All rows of a list, two at a time. */
async function inPages<Row, After>(
	list: (page: Page<After>) => Promise<Row[]>,
	positionOf: (row: Row) => After,
): Promise<Row[]> {
	const rows: Row[] = [];
	for (;;) {
		const last = rows.at(-1);
		const after = last === undefined ? undefined : positionOf(last);
		const page = await list({ after, limit: 2 });
		if (page.length === 0) return rows;
		rows.push(...page);
	}
}

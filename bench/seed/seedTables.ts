import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brandId, DEFAULT_TENANT_ID } from "../../src/model/ids.ts";
import { pathKey } from "../../src/model/names.ts";
import { NO_AUTH_PRINCIPAL } from "../../src/model/principal.ts";
import type { Change, EntryChange } from "../../src/store/changes.ts";
import type { Store } from "../../src/store/contract.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqliteStore.ts";
import { NAMESPACE } from "../context.ts";

const TABLES_PER_SET = 1000;

/**
 * Fills a catalog quickly: while no server runs, writes tables through the
 * store's contract, each with its own metadata file, made after one that the
 * server wrote itself.
 */
export async function seedTables(options: {
	readonly dataDir: string;
	/** Path of the metadata file that the others are made after. */
	readonly template: string;
	readonly tables: number;
}): Promise<void> {
	const store = await openSqliteStore({
		path: join(options.dataDir, "pangolin.db"),
	});
	const template = readFileSync(options.template, "utf8");
	for (let done = 0; done < options.tables; done += TABLES_PER_SET) {
		const count = Math.min(TABLES_PER_SET, options.tables - done);
		const seeds = Array.from({ length: count }, (_, i) =>
			writeTable(template, done + i),
		);
		await insert(store, seeds);
	}
	await store.close();
}

interface Seed {
	readonly name: string;
	readonly uuid: string;
	readonly folder: string;
	readonly metadataLocation: string;
}

function writeTable(template: string, index: number): Seed {
	const parsed: { "table-uuid": string; location: string } =
		JSON.parse(template);
	const uuid = randomUUID();
	const folder = `${dirname(parsed.location)}/seeded-${index}-${uuid}`;
	const text = template
		.replaceAll(parsed["table-uuid"], uuid)
		.replaceAll(parsed.location, folder);
	const metadataLocation = `${folder}/metadata/00000-${uuid}.metadata.json`;
	const path = metadataLocation.replace(/^file:\/\//, "");
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
	const name = `seeded_${String(index).padStart(7, "0")}`;
	return { name, uuid, folder, metadataLocation };
}

async function insert(store: Store, seeds: readonly Seed[]): Promise<void> {
	const tenant = DEFAULT_TENANT_ID;
	const located = await store.refs.locate(tenant, "default", "main");
	if (located === undefined) throw new Error("no default catalog");
	const { catalog, ref } = located;
	const assets = seeds.map((seed) => ({ ...seed, id: randomUUID() }));
	const entries = assets.map(
		({ id, name, uuid, metadataLocation }): EntryChange => ({
			op: "create",
			key: { space: "object", parent: pathKey([NAMESPACE]), name },
			entry: { kind: "table", id: brandId(id), uuid, metadataLocation },
		}),
	);
	const claims = assets.map(
		({ id, uuid, folder }): Change => ({
			op: "claim",
			claim: {
				location: `${folder}/`,
				tenant,
				catalog: catalog.id,
				asset: brandId(id),
				uuid,
				state: "held",
			},
		}),
	);
	const result = await store.apply([
		{
			op: "advance",
			tenant,
			catalog: catalog.id,
			line: ref.line,
			commit: {
				id: brandId(randomUUID()),
				mergedParents: [],
				author: NO_AUTH_PRINCIPAL.id,
				authorName: NO_AUTH_PRINCIPAL.name,
				message: "seed",
			},
			nowMicros: Date.now() * 1000,
			entries,
		},
		...claims,
	]);
	if (result.outcome !== "applied") {
		throw new Error(`not seeded: ${JSON.stringify(result)}`);
	}
}

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { sharedCluster } from "../../../test/support/postgres.ts";
import { checkProperty } from "../../../test/support/property.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { ChangeSet } from "../changes.ts";
import { checkRows } from "../checking/checkRows.ts";
import type { Store } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import { inspectMongo } from "../mongo/check.ts";
import { openMongoStore } from "../mongo/mongoStore.ts";
import { openMongoMover } from "../mongo/mover.ts";
import type { StoreMover } from "../moving.ts";
import { inspectPostgres } from "../postgres/check.ts";
import { openPostgresMover } from "../postgres/mover.ts";
import { openPostgresStore } from "../postgres/postgresStore.ts";
import { emptyState } from "../rules/state.ts";
import { inspectSqlite } from "../sqlite/check.ts";
import { openSqliteMover } from "../sqlite/mover.ts";
import { openSqliteStore } from "../sqlite/sqliteStore.ts";
import { changeSets, type Drawn, LINES } from "./commands.ts";
import { BASE, resolve, withCommitIds } from "./resolve.ts";

/** As use cases do: an asset has one name, and what a line inherits stays the same. */
function asUsed(drawn: readonly Drawn[]): Drawn[] {
	return drawn
		.filter(
			(each) =>
				!("change" in each) ||
				each.change.op !== "update" ||
				each.change.collection !== "line",
		)
		.map((each) => {
			if (!("advance" in each)) return each;
			const entries = each.entries.map((entry) => {
				const { parent, name } = entry.key;
				const id = brandId<never>(`${entry.entry.id} ${parent} ${name}`);
				return { ...entry, entry: { ...entry.entry, id } };
			});
			return { ...each, entries };
		});
}

const step = fc.oneof(
	{ weight: 3, arbitrary: changeSets.map((sets) => ({ sets, limit: 0 })) },
	{
		weight: 1,
		arbitrary: fc
			.integer({ min: 1, max: 4 })
			.map((limit) => ({ sets: [], limit })),
	},
);

/** Forgets rows that expired, and with `lines` begins with those that nothing needs. */
async function forget(store: Store, limit: number): Promise<void> {
	const tenant = brandId<TenantId>("t0");
	for (const line of LINES.map((id) => brandId<LineId>(id))) {
		const ended = { fromMicros: 0, toMicros: 99 };
		const rows = await store.history.expired(tenant, line, ended, limit);
		const { toMicros } = ended;
		await store.apply([{ op: "forget", tenant, line, rows, toMicros }]);
		await store.apply([{ op: "forgetLine", tenant, line, limit }]);
	}
}

/** A store and what a check finds in it. */
interface Checked {
	readonly store: Store;
	problems(): Promise<readonly string[]>;
}

type Open = () => Promise<Checked>;

const OPEN: Readonly<Record<string, Open>> = {
	async memory() {
		const state = emptyState();
		return checked(openMemoryStore(state), openMemoryMover(state));
	},
	async SQLite() {
		const path = join(folder, `${files++}.db`);
		const store = await openSqliteStore({ path });
		const inspect = async () => inspectSqlite(path);
		return checked(store, openSqliteMover(path), inspect);
	},
	async PostgreSQL() {
		const { port } = await sharedCluster();
		const address = addressOf(port, await newDatabase(port));
		const store = await openPostgresStore({ address });
		const inspect = () => inspectPostgres(address);
		return checked(store, openPostgresMover(address), inspect);
	},
	async MongoDB() {
		const url = await freshMongoUrl();
		const store = await openMongoStore({ url });
		const inspect = () => inspectMongo({ url });
		return checked(store, openMongoMover({ url }), inspect);
	},
};

function checked(
	store: Store,
	mover: StoreMover,
	inspect: () => Promise<readonly string[]> = async () => [],
): Checked {
	const close = async () => {
		await mover.close();
		await store.close();
	};
	return {
		store: { ...store, close },
		problems: async () => [
			...(await inspect()),
			...(await checkRows(mover.dump(undefined))),
		],
	};
}

const folder = mkdtempSync(join(tmpdir(), "pangolin-checking-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** @param isOften whether to check after every change set, not only in the end */
function isSound(open: Open, isOften: boolean) {
	return fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
		const { store, problems } = await open();
		let made = 0;
		const apply = async (changes: ChangeSet) => {
			await store.apply(withCommitIds(changes, made++));
			if (isOften)
				assert.deepEqual(await problems(), [], JSON.stringify(changes));
		};
		try {
			await apply(BASE);
			for (const { sets, limit } of steps) {
				for (const drawn of sets)
					await apply(await resolve(store, asUsed(drawn)));
				if (limit > 0) await forget(store, limit);
			}
			assert.deepEqual(await problems(), []);
		} finally {
			await store.close();
		}
	});
}

describe("what the contract lets a store become is sound to a check, whatever was changed and forgotten", () => {
	for (const [name, open] of Object.entries(OPEN)) {
		const isOften = name === "memory";
		it(name, () =>
			checkProperty(isSound(open, isOften), { runs: isOften ? 60 : 4 }),
		);
	}
});

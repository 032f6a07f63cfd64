import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openEmptyPostgres } from "../../../test/support/emptyPostgres.ts";
import { openEmptyMongo } from "../../../test/support/mongo/emptyMongo.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../test/support/property.ts";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change, EntryChange } from "../changes.ts";
import { insertRef, objectKey } from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import type { EntryRow, Merge, MergedParent } from "../records.ts";
import { openSqliteStore } from "../sqlite/sqliteStore.ts";
import { CATALOG, MAIN, SETUP, TENANT, tableOf } from "../sqlite/testFile.ts";
import { type Step, step } from "./historySteps.ts";

/**
 * Random histories of a few lines, of which what expired is forgotten now and
 * then: a number that a line still keeps shows what it showed when it was
 * made, what is pinned or young is kept, and no file falls between the rows and
 * the garbage.
 */

const page = { limit: 999 };

class Run {
	private readonly store: Store;
	private readonly lines: LineId[] = [MAIN];
	private readonly doomed = new Set<LineId>();
	/** What every number of every line showed when it was its head. */
	private readonly showed = new Map<string, EntryRow[]>();
	private readonly tags: { name: string; line: LineId; number: number }[] = [];
	private readonly forks: MergedParent[] = [];
	private readonly files = new Set<string>();
	private now = 0;
	private forgottenTo = 0;
	private ids = 0;

	constructor(store: Store) {
		this.store = store;
	}

	async start(): Promise<void> {
		await this.apply(...SETUP);
		await this.remember(MAIN);
	}

	async take(step: Step): Promise<void> {
		switch (step.do) {
			case "write":
				return this.write(this.line(step.line), `t${step.key}`);
			case "merge": {
				const from = this.line(step.from);
				const number = (await this.store.refs.line(TENANT, from))?.head ?? 0;
				return this.commit(this.line(step.line), [], [{ line: from, number }]);
			}
			case "fork":
			case "tag":
				return this.pin(step.do, this.line(step.line), step.at);
			case "untag": {
				const [tag] = this.tags.splice(step.tag % (this.tags.length + 1), 1);
				const key = { tenant: TENANT, catalog: CATALOG, name: tag?.name ?? "" };
				return this.apply({ op: "delete", collection: "ref", key });
			}
			case "forget":
				return this.forget(Math.floor(step.upTo * this.now), step.limit);
			case "forgetLine":
				return this.forgetLine(this.line(step.line), step.limit);
		}
	}

	private line(index: number): LineId {
		return this.lines[index % this.lines.length] ?? MAIN;
	}

	private async apply(...changes: Change[]): Promise<void> {
		const result = await this.store.apply(changes);
		assert.equal(result.outcome, "applied", JSON.stringify(result));
	}

	private async remember(line: LineId): Promise<void> {
		const head = (await this.store.refs.line(TENANT, line))?.head ?? 0;
		const rows = await this.store.entries.all({ tenant: TENANT, line }, page);
		this.showed.set(`${line} ${head}`, rows);
	}

	private async commit(
		line: LineId,
		entries: EntryChange[],
		mergedParents: MergedParent[] = [],
	): Promise<void> {
		const by = { author: brandId<never>("a"), authorName: "A", message: "" };
		const id = brandId<never>(`commit-${this.ids++}`);
		await this.apply({
			op: "advance",
			tenant: TENANT,
			catalog: CATALOG,
			line,
			commit: { id, mergedParents, ...by },
			nowMicros: ++this.now,
			entries,
		});
		const head = await this.store.refs.line(TENANT, line);
		this.now = Math.max(this.now, head?.headTimeMicros ?? 0);
		await this.remember(line);
	}

	/** Creates, moves or (each fourth time) drops a table. */
	private async write(line: LineId, name: string): Promise<void> {
		const key = objectKey([], name);
		const row = await this.store.entries.get({ tenant: TENANT, line }, key);
		const entry = tableOf(name, this.ids);
		if (row === undefined)
			await this.commit(line, [{ op: "create", key, entry }]);
		else if (this.ids % 4 === 0) await this.commit(line, [{ op: "drop", key }]);
		else
			await this.commit(line, [
				{ op: "replace", key, entry, ifVersion: row.version },
			]);
		const now = await this.store.entries.get({ tenant: TENANT, line }, key);
		if (now?.entry.kind === "table") this.files.add(now.entry.metadataLocation);
	}

	/** Refused exactly where the line does not keep the number. */
	private async pin(
		kind: "fork" | "tag",
		line: LineId,
		at: number,
	): Promise<void> {
		const head = (await this.store.refs.line(TENANT, line))?.head ?? 0;
		const number = Math.floor(at * head);
		const name = `${kind}-${this.ids++}`;
		const place = { tenant: TENANT, catalog: CATALOG };
		const id = brandId<LineId>(name);
		const parent = { line, number };
		const change: Change =
			kind === "tag"
				? insertRef({ ...place, name, line, kind, number })
				: {
						op: "insert",
						collection: "line",
						value: {
							...place,
							id,
							parent,
							filter: null,
							head: 0,
							headTimeMicros: 0,
						},
					};
		const isKept = await this.store.history.isKept(TENANT, line, number);
		const { outcome } = await this.store.apply([change]);
		assert.equal(outcome, isKept ? "applied" : "refused");
		if (!isKept) return;
		if (kind === "tag") this.tags.push({ name, line, number });
		else {
			this.forks.push(parent);
			this.lines.push(id);
			await this.remember(id);
		}
	}

	private async forget(toMicros: number, limit: number): Promise<void> {
		this.forgottenTo = Math.max(this.forgottenTo, toMicros);
		for (const line of this.lines) {
			const ended = { fromMicros: 0, toMicros };
			const rows = await this.store.history.expired(TENANT, line, ended, limit);
			await this.apply({ op: "forget", tenant: TENANT, line, rows, toMicros });
			const left = await this.store.history.expired(TENANT, line, ended, 999);
			const gone = new Set(
				rows.map(({ key, number }) => `${key.name} ${number}`),
			);
			for (const { key, number } of left)
				assert.ok(!gone.has(`${key.name} ${number}`), "it was forgotten");
		}
	}

	private async merges(line: LineId): Promise<Merge[]> {
		const found: Merge[] = [];
		const next = (upTo: number) =>
			this.store.commits.newestMerge(TENANT, line, upTo);
		let merge = await next(Number.MAX_SAFE_INTEGER);
		for (; merge !== undefined; merge = await next(merge.number - 1))
			found.push(merge);
		return found;
	}

	private async mergingLines(line: LineId): Promise<number> {
		const others = this.lines.filter((other) => other !== line);
		const merges = await Promise.all(others.map((each) => this.merges(each)));
		const isOf = (parent: MergedParent) => parent.line === line;
		return merges.filter((of) =>
			of.some(({ mergedParents }) => mergedParents.some(isOf)),
		).length;
	}

	private async forgetLine(line: LineId, limit: number): Promise<void> {
		const isMerged = (await this.mergingLines(line)) > 1;
		const change = { op: "forgetLine", tenant: TENANT, line, limit } as const;
		const result = await this.store.apply([change]);
		const isUsed =
			line === MAIN ||
			this.tags.some((tag) => tag.line === line) ||
			this.forks.some((parent) => parent.line === line) ||
			isMerged;
		assert.equal(result.outcome, isUsed ? "refused" : "applied");
		if (isUsed) return;
		this.doomed.add(line);
		let steps = 0;
		while ((await this.store.refs.line(TENANT, line)) !== undefined) {
			await this.apply(change);
			assert.ok(steps++ < 999, "a line goes in finitely many steps");
		}
		const at = this.lines.indexOf(line);
		this.lines.splice(at, 1);
	}

	/** @returns which numbers are kept and what was merged, to be compared with another store's */
	async check(): Promise<string[]> {
		const kept: string[] = [];
		for (const line of this.lines) {
			kept.push(JSON.stringify(await this.merges(line)));
			const head = (await this.store.refs.line(TENANT, line))?.head ?? 0;
			for (let number = 0; number <= head; number++) {
				const isKept = await this.store.history.isKept(TENANT, line, number);
				const place = `${line} ${number}`;
				if (isKept) {
					kept.push(place);
					const at = { tenant: TENANT, line, number };
					const rows = await this.store.entries.all(at, page);
					assert.deepEqual(rows, this.showed.get(place), place);
				}
				if (!isKept) await this.mayBeForgotten(line, number, head);
			}
		}
		await this.checkFiles();
		return kept;
	}

	private async mayBeForgotten(
		line: LineId,
		number: number,
		head: number,
	): Promise<void> {
		assert.ok(number < head, "the head is kept");
		const isThere = (pin: MergedParent) =>
			pin.line === line && pin.number === number;
		assert.ok(!this.tags.some(isThere), "a tag keeps its number");
		const next = await this.store.commits.commit(TENANT, line, number + 1);
		assert.ok(
			next && next.timeMicros <= this.forgottenTo,
			"what is young is kept",
		);
	}

	private async checkFiles(): Promise<void> {
		const rows = ["t0", "t1", "t2"].map((name) =>
			this.store.history.metadataOf(TENANT, brandId(`id-${name}`), page),
		);
		const named = (await Promise.all(rows)).flat();
		const garbage = await this.store.history.garbage(TENANT, CATALOG, page);
		const known = new Set([
			...named,
			...garbage.map(({ metadataLocation }) => metadataLocation),
		]);
		for (const file of this.files)
			assert.ok(known.has(file), `${file} is lost`);
	}
}

async function runOn(store: Store, steps: readonly Step[]): Promise<string[]> {
	try {
		const run = new Run(store);
		await run.start();
		for (const step of steps) await run.take(step);
		return await run.check();
	} finally {
		await store.close();
	}
}

async function sqlite(): Promise<Store> {
	return openSqliteStore({ path: ":memory:" });
}

for (const [name, open, runs] of [
	["SQLite", sqlite, 150],
	["PostgreSQL", openEmptyPostgres, 20],
	["MongoDB", openEmptyMongo, 6],
] as const)
	test(`what is kept shows what it showed, whatever was forgotten: ${name}`, async () => {
		await checkProperty(
			fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
				const kept = await runOn(openMemoryStore(), steps);
				assert.deepEqual(await runOn(await open(), steps), kept);
			}),
			{ runs },
		);
	});

test("control: a store that forgets what a tag pins is caught", async () => {
	const careless = async (): Promise<Store> => {
		const store = await sqlite();
		return {
			...store,
			async apply(changes) {
				const forgets = changes.some(({ op }) => op === "forget");
				if (!forgets) return store.apply(changes);
				const refs = await store.refs.refs(TENANT, CATALOG, page);
				const tags = refs.filter(({ value }) => value.kind === "tag");
				const untag = tags.map(
					({ value: { tenant, catalog, name } }): Change => {
						const key = { tenant, catalog, name };
						return { op: "delete", collection: "ref", key };
					},
				);
				await store.apply(untag);
				return store.apply(changes);
			},
			history: {
				...store.history,
				expired: async (tenant, line, { toMicros }, limit) => {
					const commits = await store.commits.commits(tenant, line, page);
					return commits
						.flatMap(({ number, keys, timeMicros }) =>
							keys.map((key) => ({ key, number, endedAtMicros: timeMicros })),
						)
						.filter(({ endedAtMicros }) => endedAtMicros <= toMicros)
						.slice(0, limit);
				},
			},
		};
	};
	const steps = fc.array(step, { minLength: 40, maxLength: 80 });
	const property = fc.asyncProperty(steps, async (each) => {
		await runOn(await careless(), each);
	});
	await assertFindsPlanted(property, { runs: 200 });
});

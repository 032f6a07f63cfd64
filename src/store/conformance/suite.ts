import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Store } from "../contract.ts";
import type { Case, CaseTools } from "./case.ts";
import { CLAIMS } from "./claims.ts";
import { DROPS } from "./drops.ts";
import { ENTRIES } from "./entries.ts";
import { FORGETTING } from "./forgetting.ts";
import { HISTORY } from "./history.ts";
import { LINES } from "./lines.ts";
import { LOCATING } from "./locating.ts";
import { MERGES } from "./merges.ts";
import { NAMES_OF_THE_PAST } from "./names.ts";
import { PASSING } from "./passing.ts";
import { PINS } from "./pins.ts";
import { READING } from "./reading.ts";
import { REGISTRY } from "./registry.ts";
import { VERSIONS } from "./versions.ts";
import { WORK } from "./work.ts";
import { WRITING } from "./writing.ts";

/** The contract of a store as cases, by role. */
export const CASES: readonly Case[] = [
	...WRITING,
	...REGISTRY,
	...LINES,
	...ENTRIES,
	...VERSIONS,
	...NAMES_OF_THE_PAST,
	...MERGES,
	...HISTORY,
	...DROPS,
	...PINS,
	...FORGETTING,
	...PASSING,
	...CLAIMS,
	...READING,
	...LOCATING,
	...WORK,
];

/** Opens a store with nothing in it. */
export type OpenEmpty = () => Promise<Store>;

/** Runs every case on a kind of store. */
export function conformance(name: string, openEmpty: OpenEmpty): void {
	describe(`the contract, kept by ${name}`, () => {
		const opened: Store[] = [];
		const tools: CaseTools = {
			fresh: (prefix) => `${prefix}-${randomUUID()}`,
			async openEmpty() {
				const store = await openEmpty();
				opened.push(store);
				return store;
			},
		};
		let store: Store;
		before(async () => {
			store = await tools.openEmpty();
		});
		after(async () => {
			await Promise.all(opened.map((each) => each.close()));
		});
		for (const each of CASES) {
			it(`${each.sentence} ${each.name}`, () => each.run(store, tools));
		}
	});
}

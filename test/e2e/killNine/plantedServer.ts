import { createApp } from "../../../src/app.ts";
import type { CatalogDeps } from "../../../src/catalog/deps.ts";
import { readConfig } from "../../../src/config/readConfig.ts";
import {
	acknowledgingBeforeWriting,
	comparingBeforeWriting,
	stayingAway,
} from "./plantedStore.ts";

/*
 * The server with a bug planted into its parts: `node plantedServer.ts <bug>`.
 * It is configured as the real one and says the same line when it serves.
 */

const BUGS: ReadonlyMap<string, (deps: CatalogDeps) => Partial<CatalogDeps>> =
	new Map([
		[
			"ack-before-write",
			({ store }) => ({ store: acknowledgingBeforeWriting(store) }),
		],
		["stay-away", ({ store }) => ({ store: stayingAway(store) })],
		[
			"compare-before-write",
			({ store }) => ({
				store: comparingBeforeWriting(store),
				// The queue would hide the bug on one server, as it must not be relied on.
				queue: { run: (_assets, work) => work(false), size: () => 0 },
			}),
		],
	]);

const bug = BUGS.get(process.argv[2] ?? "");
if (bug === undefined)
	throw new Error(`the bugs are ${[...BUGS.keys()].join(", ")}`);
const app = await createApp(readConfig({ env: process.env }).config);
Object.assign(app.deps, bug(app.deps));
console.log(`serves at ${(await app.listen()).url}`);

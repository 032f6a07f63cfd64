import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type App, createApp } from "../../src/app.ts";
import type { Store } from "../../src/store/contract.ts";
import { temporaryFolder } from "../support/folders.ts";
import { DATABASES, type DatabaseKind } from "../support/sharedDatabases.ts";
import {
	type Answer,
	createNamespace,
	createTableBody,
	NAMESPACE,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
} from "./support/client.ts";

const SERVERS = 3;
const ROUNDS = 2;

interface Servers {
	readonly sends: readonly Send[];
	/** Ends them all and starts others. */
	restart(): Promise<readonly Send[]>;
}

async function openServers(
	test: TestContext,
	kind: DatabaseKind,
	change: (store: Store) => Store = (store) => store,
): Promise<Servers> {
	const dataDir = temporaryFolder(test);
	const { url } = await kind.open();
	let apps: App[] = [];
	test.after(() => Promise.all(apps.map((app) => app.close())));
	const open = async () => {
		apps = await Promise.all(
			Array.from({ length: SERVERS }, () =>
				createApp({
					noAuth: true,
					port: 0,
					dataDir,
					databaseUrl: url,
				}),
			),
		);
		for (const { deps } of apps)
			Object.assign(deps, { store: change(deps.store) });
		return await Promise.all(
			apps.map(async (app) => openClient((await app.listen()).url)),
		);
	};
	const sends = await open();
	const [first] = sends;
	assert.ok(first);
	await createNamespace(first);
	return {
		sends,
		restart: async () => {
			await Promise.all(apps.map((app) => app.close()));
			return await open();
		},
	};
}

interface Request {
	readonly method: string;
	readonly path: string;
	readonly body?: unknown;
}

/** What a second effect would show in the answer or in the log. */
function requestsOf(name: string): readonly Request[] {
	const path = `${TABLES}/${name}`;
	const rename = {
		source: { namespace: [NAMESPACE], name },
		destination: { namespace: [NAMESPACE], name: `${name}-moved` },
	};
	return [
		{ method: "POST", path: TABLES, body: createTableBody(name) },
		{ method: "POST", path, body: propertyCommit("once") },
		{ method: "POST", path: "/tables/rename", body: rename },
		{ method: "DELETE", path: `${path}-moved` },
	];
}

async function commitsSoFar(send: Send): Promise<number> {
	const log = await succeed(
		send("GET", "/../../api/v1/commits?catalog=default&limit=1000"),
	);
	return JSON.parse(log.text).length;
}

/** Sends each request with a key of its own to all servers at once. @returns what is not as with one request */
async function sendToAll(
	sends: readonly Send[],
	name: string,
): Promise<{ problems: string[]; keys: string[]; answers: string[] }> {
	const [first] = sends;
	assert.ok(first);
	const problems: string[] = [];
	const keys: string[] = [];
	const texts: string[] = [];
	for (const { method, path, body } of requestsOf(name)) {
		const key = crypto.randomUUID();
		const before = await commitsSoFar(first);
		const answers = await Promise.all(
			sends.map((send) => send(method, path, body, { "idempotency-key": key })),
		);
		const said = new Set(
			answers.map(({ status, text }) => `${status} ${text}`),
		);
		const effects = (await commitsSoFar(first)) - before;
		if (effects !== 1) problems.push(`${method} ${path}: ${effects} effects`);
		if (said.size !== 1 || (answers[0]?.status ?? 0) >= 300)
			problems.push(`${method} ${path}: ${[...said].join(" | ")}`);
		keys.push(key);
		texts.push([...said].join(" | "));
	}
	return { problems, keys, answers: texts };
}

/** The planted bug: each server remembers keys by itself. */
function forgettingKeys(store: Store): Store {
	return {
		...store,
		work: { ...store.work, idempotency: async () => undefined },
		apply: (changes) =>
			store.apply(
				changes.filter(
					(change) =>
						!("collection" in change) || change.collection !== "idempotency",
				),
			),
	};
}

for (const [name, kind] of Object.entries(DATABASES))
	describe(`an Idempotency-Key that reaches three servers on ${name} at once`, () => {
		it("has one effect and one answer, and is known after all of them ended", async (test) => {
			const { sends, restart } = await openServers(test, kind);
			const kept: [Request, string, string][] = [];
			for (let round = 0; round < ROUNDS; round++) {
				const name = `t${round}`;
				const { problems, keys, answers } = await sendToAll(sends, name);
				assert.deepEqual(problems, []);
				requestsOf(name).forEach((request, i) => {
					kept.push([request, keys[i] ?? "", answers[i] ?? ""]);
				});
			}
			const again = await restart();
			const [first] = again;
			assert.ok(first);
			const before = await commitsSoFar(first);
			for (const [i, [{ method, path, body }, key, answer]] of kept.entries()) {
				const send: Send = again[i % again.length] ?? first;
				const { status, text }: Answer = await send(method, path, body, {
					"idempotency-key": key,
				});
				assert.equal(`${status} ${text}`, answer);
			}
			assert.equal(await commitsSoFar(first), before);
		});

		it("has several where each server remembers keys by itself", async (test) => {
			const { sends } = await openServers(test, kind, forgettingKeys);
			const { problems } = await sendToAll(sends, "t");
			assert.ok(problems.length > 0);
		});
	});

/**
 * The catalog inside another program: on a file, in memory, without a port and
 * with one. Run it in a checkout with
 *
 *     npx node --conditions=pangolin-source examples/embedded.ts
 *
 * or, where the package `pangolin` is installed, with `node examples/embedded.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "pangolin";

/** Asks without a port: no socket, no other process can reach it. */
async function prefixOf(app: App): Promise<string> {
	const answer = await app.inject({
		method: "GET",
		url: "/v1/config?warehouse=default",
	});
	return JSON.parse(answer.body).overrides.prefix;
}

async function createNamespace(app: App, name: string): Promise<number> {
	const answer = await app.inject({
		method: "POST",
		url: `/v1/${await prefixOf(app)}/namespaces`,
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ namespace: [name] }),
	});
	return answer.status;
}

async function listNamespaces(url: string, prefix: string): Promise<string> {
	const answer = await fetch(`${url}/v1/${prefix}/namespaces`);
	return await answer.text();
}

const folder = await mkdtemp(join(tmpdir(), "pangolin-example-"));
try {
	// On a file. What one life of the catalog wrote, the next one reads.
	const first = await createApp({ noAuth: true, dataDir: folder });
	console.log("create shop:", await createNamespace(first, "shop"));
	await first.close();

	const second = await createApp({ noAuth: true, dataDir: folder, port: 0 });
	console.log("create shop again:", await createNamespace(second, "shop"));
	const { url } = await second.listen();
	const prefix = await prefixOf(second);
	console.log("over HTTP:", await listNamespaces(url, prefix));
	await second.close();

	// In memory: several at once, each a world of its own.
	const memory = { noAuth: true, dataDir: folder, databaseUrl: "memory:" };
	const apps = await Promise.all([createApp(memory), createApp(memory)]);
	for (const app of apps) {
		console.log("in memory:", await createNamespace(app, "shop"));
		await app.close();
	}
} finally {
	await rm(folder, { recursive: true });
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
	type Answer,
	clientAt,
	createNamespace,
	createTableBody,
	NAMESPACE,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./faults/support/client.ts";
import { rowsOf } from "./support/exportFile.ts";
import { temporaryFolder } from "./support/folders.ts";
import { runPangolin, startServer } from "./support/server.ts";
import { DATABASES } from "./support/sharedDatabases.ts";

/** Stores that many servers share: from a file into one of them, and back. */

/** What asks one catalog of one tenant. */
interface Client {
	readonly tenant: string;
	readonly send: Send;
}

async function serve(
	test: TestContext,
	dataDir: string,
	env: Record<string, string>,
) {
	const settings = {
		PANGOLIN_LOCAL_ROOTS: join(dataDir, "lab"),
		// A job of its own that is due just then would be other rows than those that came.
		PANGOLIN_CLEAN_INTERVAL_SECS: "0",
	};
	const server = await startServer(dataDir, { env: { ...settings, ...env } });
	test.after(() => server.stop("SIGKILL"));
	return server;
}

function clientOf(url: string, tenant: string): Client {
	const send = clientAt(`${url}/v1/lab`);
	return {
		tenant,
		send: (method, path, body, headers) =>
			send(method, path, body, { "x-pangolin-tenant": tenant, ...headers }),
	};
}

const jsonOf = ({ text }: Answer) => JSON.parse(text);

/** A new tenant with a table of some history, a branch and a tag. */
async function filledTenant(url: string, folder: string): Promise<Client> {
	const root = clientAt(`${url}/api/v1`);
	const { id } = jsonOf(
		await succeed(root("POST", "/tenants", { name: "lab" })),
	);
	const as = { "x-pangolin-tenant": id };
	const make = (path: string, body: object) =>
		succeed(root("POST", path, body, as));
	await make("/warehouses", {
		name: "lab",
		use_sts: false,
		storage_config: { type: "local", folder },
	});
	await make("/catalogs", { name: "lab", warehouse_name: "lab" });
	const client = clientOf(url, id);
	const { send } = client;
	await createNamespace(send);
	await succeed(send("POST", TABLES, createTableBody("t")));
	await succeed(send("POST", `${TABLES}/t`, propertyCommit("1")));
	const ofCatalog = { catalog: "lab" };
	await make("/branches", { ...ofCatalog, name: "dev", from: "main" });
	const assets = [`${NAMESPACE}.t`];
	await make("/branches", { ...ofCatalog, name: "part", assets });
	await make("/tags", { ...ofCatalog, name: "v1" });
	await succeed(send("POST", `${TABLES}/t@dev`, propertyCommit("2")));
	await succeed(send("POST", `${TABLES}/t`, propertyCommit("3")));
	return client;
}

/** What a tenant shows at its refs, and its history. */
async function shownBy(url: string, { tenant }: Client): Promise<unknown> {
	const { send } = clientOf(url, tenant);
	const tables = ["t", "t@dev", "t@part", "t@v1"].map(async (name) =>
		tableView(await succeed(send("GET", `${TABLES}/${name}`))),
	);
	const management = clientAt(`${url}/api/v1`);
	const lists = [
		"/branches?catalog=lab",
		"/tags?catalog=lab",
		"/branches/main/commits?catalog=lab",
		"/branches/dev/commits?catalog=lab",
	].map(async (path) => {
		const as = { "x-pangolin-tenant": tenant };
		return jsonOf(await succeed(management("GET", path, undefined, as)));
	});
	return await Promise.all([...tables, ...lists]);
}

async function pangolin(url: string, ...args: string[]): Promise<string> {
	const env = { DATABASE_URL: url };
	const { code, output } = await runPangolin(args, { env });
	assert.equal(code, 0, output);
	return output;
}

for (const [kind, { open }] of Object.entries(DATABASES))
	describe(`from a file to ${kind}`, () => {
		it("a tenant is served at once by a server that runs there, and goes back as it was", async (test) => {
			const dataDir = temporaryFolder(test);
			const laptop = `sqlite://${join(dataDir, "laptop.db")}`;
			const file = (name: string) => join(dataDir, `${name}.pangolin`);
			const origin = await serve(test, dataDir, { DATABASE_URL: laptop });
			const client = await filledTenant(origin.url, join(dataDir, "lab"));
			const { tenant } = client;
			const shown = await shownBy(origin.url, client);
			await pangolin(laptop, "export", "--to", file("a"), "--tenant", tenant);
			await origin.stop();

			const { url: shared } = await open();
			const server = await serve(test, dataDir, { DATABASE_URL: shared });
			const imported = await pangolin(shared, "import", "--from", file("a"));
			assert.match(imported, new RegExp(`imported into ${kind}`));
			assert.deepEqual(await shownBy(server.url, client), shown);

			await pangolin(shared, "export", "--to", file("b"), "--tenant", tenant);
			assert.deepEqual(rowsOf(file("b")), rowsOf(file("a")));
			const back = `sqlite://${join(dataDir, "back.db")}`;
			await pangolin(back, "import", "--from", file("b"));
			await pangolin(back, "export", "--to", file("c"));
			assert.deepEqual(rowsOf(file("c")), rowsOf(file("a")));

			const { send } = clientOf(server.url, tenant);
			await succeed(send("POST", `${TABLES}/t@part`, propertyCommit("4")));
			const again = await runPangolin(["import", "--from", file("a")], {
				env: { DATABASE_URL: shared },
			});
			assert.equal(again.code, 1);
			assert.match(again.output, /is there already/);
		});

		it("a whole store goes before the first start", async (test) => {
			const dataDir = temporaryFolder(test);
			const laptop = `sqlite://${join(dataDir, "laptop.db")}`;
			const file = join(dataDir, "all.pangolin");
			const origin = await serve(test, dataDir, { DATABASE_URL: laptop });
			const client = await filledTenant(origin.url, join(dataDir, "lab"));
			const shown = await shownBy(origin.url, client);
			await origin.stop();
			await pangolin(laptop, "export", "--to", file);
			const { url: shared } = await open();
			await pangolin(shared, "import", "--from", file);
			const server = await serve(test, dataDir, { DATABASE_URL: shared });
			assert.deepEqual(await shownBy(server.url, client), shown);
			await server.stop();
			const again = await runPangolin(["import", "--from", file], {
				env: { DATABASE_URL: shared },
			});
			assert.equal(again.code, 1);
			assert.match(again.output, /is not empty/);
		});

		it("an export needs a store there, and says so in one line", async () => {
			const env = { DATABASE_URL: (await open()).url };
			const { code, output } = await runPangolin(["export", "--to", "x"], {
				env,
			});
			assert.equal(code, 1);
			assert.match(output, /^pangolin: .*no Pangolin has used it\n$/);
		});
	});

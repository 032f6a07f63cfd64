import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { OPTION_LIST } from "../../src/config/options.ts";
import { ROUTES } from "../../src/http/routes/all.ts";
import { temporaryFolder } from "../support/folders.ts";
import { freePort } from "../support/postgres.ts";
import { DATABASES, startServerOn } from "../support/sharedDatabases.ts";

const FOLDER = new URL("../../examples/many-servers/", import.meta.url);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Service {
	readonly command?: readonly string[];
	readonly network_mode?: string;
	readonly environment?: Readonly<Record<string, string>>;
}

interface Container {
	readonly name: string;
	readonly env?: readonly { name: string; value?: string }[];
	readonly ports?: readonly { name: string; containerPort: number }[];
	readonly readinessProbe?: Probe;
	readonly livenessProbe?: Probe;
}

interface Probe {
	readonly httpGet: { readonly path: string; readonly port: string };
}

interface Manifest {
	readonly kind: string;
	readonly metadata: { readonly name: string };
	readonly spec: {
		readonly template: { readonly spec: { containers: Container[] } };
		readonly ports: readonly { targetPort: string }[];
	};
	readonly data: Readonly<Record<string, string>>;
}

function read(name: string): string {
	return readFileSync(new URL(name, FOLDER), "utf8");
}

function composeServers(): [string, Service][] {
	const { services }: { services: Record<string, Service> } = parse(
		read("compose.yaml"),
		{ merge: true },
	);
	return Object.entries(services).filter(([name]) =>
		name.startsWith("pangolin"),
	);
}

function manifests(): Manifest[] {
	return parseAllDocuments(read("kubernetes.yaml")).map((document) => {
		assert.deepEqual(document.errors, []);
		return document.toJS();
	});
}

function deployed(): Container[] {
	const deployment = manifests().find(({ kind }) => kind === "Deployment");
	assert.ok(deployment);
	return deployment.spec.template.spec.containers;
}

const DECLARED = new Set(OPTION_LIST.map(([, { env }]) => env));

function assertDeclared(names: readonly string[]): void {
	assert.deepEqual(
		names.filter((name) => !DECLARED.has(name)),
		[],
	);
	assert.ok(names.length >= 5);
}

/** The ports that a configuration of nginx passes requests on to. */
function portsBehind(config: string): string[] {
	return [...config.matchAll(/127\.0\.0\.1:(\d+)/g)].map(
		([, port]) => `${port}`,
	);
}

describe("the example of many servers: compose", () => {
	it("sets declared options only, and the balancer knows every server", () => {
		const servers = composeServers();
		assert.ok(servers.length >= 2);
		for (const [, { environment = {}, network_mode }] of servers) {
			assertDeclared(Object.keys(environment));
			assert.equal(network_mode, "service:balancer");
		}
		assert.deepEqual(
			servers.map(([, { environment }]) => environment?.PORT),
			portsBehind(read("nginx.conf")),
		);
	});

	it("starts servers that are ready and show each other's tables", async (test) => {
		const dataDir = temporaryFolder(test);
		const database = await DATABASES.PostgreSQL.open();
		const urls: string[] = [];
		for (const [, { command = [], environment = {} }] of composeServers()) {
			const [program, script = "", subcommand] = command;
			assert.deepEqual([program, subcommand], ["node", "serve"]);
			const server = await startServerOn(database, dataDir, {
				command: [process.execPath, `${ROOT}${script}`],
				env: {
					...environment,
					PANGOLIN_DATA_DIR: dataDir,
					PORT: String(await freePort()),
					DATABASE_URL: database.url,
				},
			});
			test.after(() => server.stop());
			urls.push(server.url);
		}
		const [first, second] = urls;
		// As the balancer sends it.
		const headers = { "content-type": "application/json" };
		const made = await fetch(`${first}/v1/default/namespaces`, {
			method: "POST",
			headers,
			body: JSON.stringify({ namespace: ["shared"] }),
		});
		assert.equal(made.status, 200, await made.text());
		const seen = await fetch(`${second}/v1/default/namespaces/shared`);
		assert.equal(seen.status, 200);
		for (const url of urls)
			assert.equal((await fetch(`${url}/health/ready`)).status, 200);
	});
});

describe("the example of many servers: Kubernetes", () => {
	it("sets declared options only, and its proxy reaches the server", () => {
		const server = deployed().find(({ name }) => name === "pangolin");
		const env = server?.env ?? [];
		assertDeclared(env.map(({ name }) => name));
		const port = env.find(({ name }) => name === "PORT")?.value;
		const config = manifests().find(({ kind }) => kind === "ConfigMap");
		assert.deepEqual(portsBehind(config?.data["default.conf"] ?? ""), [port]);
	});

	it("probes routes that there are, on a port that there is", () => {
		const proxy = deployed().find(({ name }) => name === "proxy");
		assert.ok(proxy);
		const ports = proxy.ports?.map(({ name }) => name);
		const service = manifests().find(({ kind }) => kind === "Service");
		assert.deepEqual(
			service?.spec.ports.map(({ targetPort }) => targetPort),
			ports,
		);
		for (const probe of [proxy.readinessProbe, proxy.livenessProbe]) {
			assert.ok(probe);
			const { path, port } = probe.httpGet;
			assert.ok(ports?.includes(port));
			assert.ok(
				ROUTES.some((each) => each.method === "GET" && each.path === path),
				path,
			);
		}
	});

	it("has all that it needs", () => {
		assert.deepEqual(
			manifests()
				.map(({ kind }) => kind)
				.toSorted(),
			[
				"ConfigMap",
				"Deployment",
				"NetworkPolicy",
				"PersistentVolumeClaim",
				"PodDisruptionBudget",
				"Secret",
				"Service",
			],
		);
	});
});

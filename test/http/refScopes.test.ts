import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/http/route.ts";
import { ROUTES } from "../../src/http/routes/all.ts";
import type { TestAnswer, TestServer } from "./support.ts";
import {
	filledServer,
	TABLES,
	tableRequest,
	VIEWS,
	viewRequest,
} from "./support.ts";

/** Every route of the specification that acts in a catalog. */
const SCOPED = ROUTES.filter(({ path }) => path.startsWith("/v1/{prefix}/"));

function isWrite({ allow }: Route): boolean {
	return !/\.(?:list|read|report)$/.test(allow);
}

const SET = [{ action: "set-properties", updates: { k: "v" } }];
const T = { namespace: ["default"], name: "t" };
const V = { namespace: ["default"], name: "v" };

/** What is sent to each route that takes a body; registers name what was dropped before. */
const BODIES: Readonly<Record<string, object>> = {
	createNamespace: { namespace: ["new"] },
	updateProperties: { updates: { a: "b" } },
	createTable: tableRequest("new"),
	updateTable: { requirements: [], updates: SET },
	renameTable: { source: T, destination: { ...T, name: "t2" } },
	reportMetrics: { "report-type": "scan-report", "table-name": "t" },
	commitTransaction: {
		"table-changes": [{ identifier: T, requirements: [], updates: SET }],
	},
	createView: viewRequest("new"),
	replaceView: { requirements: [], updates: SET },
	renameView: { source: V, destination: { ...V, name: "v2" } },
};

/** How a request can name a ref; undefined where its path has no place for it. */
const FORMS: Readonly<
	Record<string, (path: string, ref: string, prefix: string) => string | false>
> = {
	"the prefix of /v1/config": (path, _, prefix) =>
		path.replace("{prefix}", prefix),
	"the address": (path, ref) => path.replace("{prefix}", `default@${ref}`),
	"?branch=": (path, ref) => `${path}?branch=${ref}`,
	"the namespace": (path, ref) =>
		path.includes("{namespace}") &&
		path.replace("{namespace}", `{namespace}@${ref}`),
	"the table or view": (path, ref) =>
		/\{(?:table|view)\}/.test(path) &&
		path.replace(/(\{(?:table|view)\})/, `$1@${ref}`),
};

function filled(route: Route, form: string): string {
	const namespace = route.id === "dropNamespace" ? "empty" : "default";
	return form
		.replace("{prefix}", "default")
		.replace("{namespace}", namespace)
		.replace("{table}", "t")
		.replace("{view}", "v");
}

/** The request in every form, at a ref. */
async function sendAll(
	server: TestServer,
	route: Route,
	refOf: (form: string) => Promise<string>,
	body: (form: string) => Promise<object | undefined>,
	check: (answer: TestAnswer, what: string) => void,
): Promise<void> {
	for (const [form, place] of Object.entries(FORMS)) {
		const ref = await refOf(form);
		const text = encodeURIComponent(ref);
		const warehouse = `/v1/config?warehouse=default@${text}`;
		const config = await server.send("GET", warehouse);
		assert.equal(config.status, 200, config.body);
		const url = place(route.path, text, config.json.overrides.prefix);
		if (url === false) continue;
		const at = filled(route, url);
		const answer = await server.send(route.method, at, await body(form));
		check(answer, `${route.id} by ${form} at ${ref}: ${answer.body}`);
	}
}

async function made(answer: Promise<TestAnswer>): Promise<TestAnswer> {
	const { status, body } = await answer;
	assert.ok(status < 300, body);
	return answer;
}

/** With an empty namespace besides what every filled server has. */
async function catalog(): Promise<TestServer> {
	const server = await filledServer();
	const empty = { namespace: ["empty"] };
	await made(server.send("POST", "/v1/default/namespaces", empty));
	return server;
}

async function branch(
	server: TestServer,
	name: string,
	more: object = {},
): Promise<string> {
	await made(server.send("POST", "/api/v1/branches", { name, ...more }));
	return name;
}

/** Makes something on main, drops it, and gives what registers it again. */
async function dropped(
	server: TestServer,
	route: Route,
	name: string,
): Promise<object | undefined> {
	if (!route.id.startsWith("register")) return BODIES[route.id];
	const isView = route.id === "registerView";
	const url = isView ? VIEWS : TABLES;
	const request = isView ? viewRequest(name) : tableRequest(name);
	const { json } = await made(server.send("POST", url, request));
	await made(server.send("DELETE", `${url}/${name}`));
	return { name, "metadata-location": json["metadata-location"] };
}

/** All that the routes change, as main shows it. */
async function main(server: TestServer): Promise<unknown[]> {
	const urls = [
		"/v1/default/namespaces",
		"/v1/default/namespaces/default",
		TABLES,
		VIEWS,
		`${TABLES}/t`,
		`${VIEWS}/v`,
	];
	const shown = urls.map(async (url) => (await server.send("GET", url)).json);
	return Promise.all(shown);
}

test("the routes are those of the specification, and every body is there", () => {
	assert.ok(SCOPED.length >= 24);
	for (const route of SCOPED) {
		const isBodiless = route.bodySchema === undefined;
		const isKnown = Object.hasOwn(BODIES, route.id);
		assert.ok(
			isBodiless || isKnown || route.id.startsWith("register"),
			route.id,
		);
	}
});

for (const route of SCOPED) {
	test(`${route.id} acts on the branch that is named, in every form, and main stays`, async () => {
		const server = await catalog();
		let count = 0;
		const bodies: (object | undefined)[] = [];
		for (const i of Object.keys(FORMS).keys())
			bodies.push(await dropped(server, route, `dropped${i}`));
		// `gc.enabled` is no part of what a table is, and says that a branch shares it.
		await branch(server, "first");
		const before = await main(server);
		await sendAll(
			server,
			route,
			() => branch(server, `feature/${count++}+x`),
			async () => bodies[count - 1],
			(answer, what) => assert.ok(answer.status < 300, what),
		);
		assert.deepEqual(await main(server), before);
	});

	test(`${route.id} at a tag, a commit and a time, and on a protected branch`, async () => {
		const server = await catalog();
		const body = await dropped(server, route, "dropped");
		const tag = { name: "release/1" };
		const { json } = await made(server.send("POST", "/api/v1/tags", tag));
		await branch(server, "locked", { protected: true });
		const refs = [
			["release/1", /is a tag: it can be read, not changed/],
			[json.commit_id, /is a commit: it can be read, not changed/],
			["2026-01-01T00:00:10Z", /is a time: it can be read, not changed/],
			["locked", /is protected: nothing is committed to it directly/],
		] as const;
		server.clock.nowMillis += 60_000;
		const before = await main(server);
		for (const [ref, message] of refs)
			await sendAll(
				server,
				route,
				async () => ref,
				async () => body,
				(answer, what) => {
					if (!isWrite(route)) return assert.ok(answer.status < 300, what);
					assert.equal(answer.status, 403, what);
					assert.equal(answer.json.error.type, "ForbiddenException");
					assert.match(answer.json.error.message, message);
				},
			);
		assert.deepEqual(await main(server), before);
	});
}

test("a partial branch shows what is listed, and refuses the rest as missing", async () => {
	const server = await catalog();
	await made(server.send("POST", TABLES, tableRequest("hidden")));
	await branch(server, "part", { assets: ["default.t"] });
	const cases = [
		["GET", `${TABLES}/t@part`, undefined, 200],
		["GET", `${TABLES}/hidden@part`, undefined, 404],
		["GET", `${VIEWS}/v@part`, undefined, 404],
		["GET", "/v1/default~part/namespaces/empty", undefined, 404],
		["DELETE", `${TABLES}/hidden@part`, undefined, 404],
		["POST", `${TABLES}/hidden@part`, BODIES.updateTable, 404],
		["POST", `${TABLES}?branch=part`, tableRequest("own"), 200],
	] as const;
	for (const [method, url, body, status] of cases) {
		const answer = await server.send(method, url, body);
		assert.equal(answer.status, status, `${method} ${url} ${answer.body}`);
	}
	const list = await server.send("GET", `${TABLES}?branch=part`);
	assert.deepEqual(
		list.json.identifiers.map((i: { name: string }) => i.name),
		["own", "t"],
	);
	const views = await server.send("GET", `${VIEWS}?branch=part`);
	assert.deepEqual(views.json.identifiers, []);
	const namespaces = await server.send("GET", "/v1/default~part/namespaces");
	assert.deepEqual(namespaces.json.namespaces, [["default"]]);
});

test("a ref that is gone is 404 in every form, for reads and writes", async () => {
	const server = await catalog();
	for (const ref of ["nope", "01890000-0000-7000-8000-00000000ffff"]) {
		for (const url of [
			`/v1/default~${ref}/namespaces/default/tables`,
			`/v1/default@${ref}/namespaces/default/tables`,
			`/v1/default/namespaces/default@${ref}/tables`,
			`${TABLES}?branch=${ref}`,
		]) {
			const body = tableRequest("x");
			for (const method of ["GET", "POST"] as const) {
				const answer = await server.send(
					method,
					url,
					method === "GET" ? undefined : body,
				);
				assert.equal(answer.status, 404, url);
				assert.equal(
					answer.json.error.message,
					`Branch, tag, commit or time does not exist: default@${ref}`,
				);
			}
		}
	}
	const early = await server.send("GET", `${TABLES}?branch=1999-01-01`);
	assert.equal(early.status, 404);
	assert.match(early.json.error.message, /before the first commit/);
});

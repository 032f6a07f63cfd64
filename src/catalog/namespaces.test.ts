import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import { updateNamespaceProperties } from "./namespaceProperties.ts";
import {
	createNamespace,
	dropNamespace,
	listNamespaces,
	loadNamespace,
	namespaceExists,
} from "./namespaces.ts";

function refusal(
	code: ErrorCode,
	message?: string,
): (error: unknown) => boolean {
	return (error) =>
		error instanceof PangolinError &&
		error.code === code &&
		(message === undefined || error.message === message);
}

async function namesIn(
	{ deps, scope }: TestCatalog,
	...parent: string[]
): Promise<string[]> {
	const { namespaces } = await listNamespaces(deps, scope, parent, {});
	return namespaces.map((levels) => levels.join("."));
}

test("a namespace comes into being together with those around it, in one commit", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope, store } = catalog;
	const { line, tenant } = scope.at;
	const before = (await store.refs.line(tenant, line))?.head ?? 0;
	await createNamespace(deps, scope, { namespace: ["a", "b", "c"] });
	assert.equal((await store.refs.line(tenant, line))?.head, before + 1);
	assert.deepEqual(await namesIn(catalog, "a"), ["a.b"]);
	assert.deepEqual(await namesIn(catalog, "a", "b"), ["a.b.c"]);
	await createNamespace(deps, scope, { namespace: ["a", "b", "d"] });
	assert.deepEqual(await namesIn(catalog, "a", "b"), ["a.b.c", "a.b.d"]);
});

test("sixteen creators of one namespace at once: one is first", async () => {
	const { deps, scope } = await openTestCatalog();
	const results = await Promise.allSettled(
		Array.from({ length: 16 }, () =>
			createNamespace(deps, scope, { namespace: ["x", "y"] }),
		),
	);
	const winners = results.filter(({ status }) => status === "fulfilled");
	assert.equal(winners.length, 1);
	for (const result of results)
		if (result.status === "rejected")
			assert(
				refusal(
					"already-exists",
					"Namespace already exists: x.y",
				)(result.reason),
			);
});

test("properties keep their order, and any key is only data", async () => {
	const { deps, scope } = await openTestCatalog();
	const properties = Object.fromEntries([
		["z", "1"],
		["__proto__", "2"],
		["constructor", "3"],
		["a", "4"],
	]);
	await createNamespace(deps, scope, { namespace: ["p"], properties });
	const loaded = await loadNamespace(deps, scope, ["p"]);
	assert.deepEqual(
		Object.entries(loaded.properties),
		Object.entries(properties),
	);
	const result = await updateNamespaceProperties(deps, scope, ["p"], {
		removals: ["constructor", "toString", "hasOwnProperty"],
		updates: Object.fromEntries([["__proto__", "5"]]),
	});
	assert.deepEqual(result, {
		updated: ["__proto__"],
		removed: ["constructor"],
		missing: ["toString", "hasOwnProperty"],
	});
	const changed = await loadNamespace(deps, scope, ["p"]);
	assert.deepEqual(Object.entries(changed.properties), [
		["z", "1"],
		["__proto__", "5"],
		["a", "4"],
	]);
});

test("a key cannot be set and removed at once", async () => {
	const { deps, scope } = await openTestCatalog();
	await createNamespace(deps, scope, { namespace: ["p"] });
	await assert.rejects(
		updateNamespaceProperties(deps, scope, ["p"], {
			removals: ["a"],
			updates: { a: "1" },
		}),
		refusal("unprocessable"),
	);
});

test("changes of properties at once are all kept", async () => {
	const { deps, scope } = await openTestCatalog();
	await createNamespace(deps, scope, { namespace: ["p"] });
	await Promise.all(
		Array.from({ length: 8 }, (_, i) =>
			updateNamespaceProperties(deps, scope, ["p"], {
				updates: { [`k${i}`]: "v" },
			}),
		),
	);
	const { properties } = await loadNamespace(deps, scope, ["p"]);
	assert.equal(Object.keys(properties).length, 8);
});

test("a namespace with anything in it is not dropped", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope } = catalog;
	await createNamespace(deps, scope, { namespace: ["a", "b"] });
	const notEmpty = (name: string) =>
		refusal("namespace-not-empty", `Namespace is not empty: ${name}`);
	await assert.rejects(dropNamespace(deps, scope, ["a"]), notEmpty("a"));
	await makeTable(catalog, at("a", "b", "t"));
	await assert.rejects(dropNamespace(deps, scope, ["a", "b"]), notEmpty("a.b"));
});

test("what does not exist is said in Iceberg's words", async () => {
	const { deps, scope } = await openTestCatalog();
	const missing = refusal(
		"namespace-not-found",
		"Namespace does not exist: no.where",
	);
	const path = ["no", "where"];
	await assert.rejects(loadNamespace(deps, scope, path), missing);
	await assert.rejects(dropNamespace(deps, scope, path), missing);
	await assert.rejects(listNamespaces(deps, scope, path, {}), missing);
	await assert.rejects(
		updateNamespaceProperties(deps, scope, path, { updates: { a: "1" } }),
		missing,
	);
	assert.equal(await namespaceExists(deps, scope, path), false);
});

test("a namespace's location must lie in the warehouse", async () => {
	const { deps, scope } = await openTestCatalog();
	const properties = { location: "file:///etc" };
	const refused = refusal("location-not-allowed");
	await assert.rejects(
		createNamespace(deps, scope, { namespace: ["l"], properties }),
		refused,
	);
	await createNamespace(deps, scope, { namespace: ["l"] });
	await assert.rejects(
		updateNamespaceProperties(deps, scope, ["l"], { updates: properties }),
		refused,
	);
});

test("pages are exact, and their tokens belong to one list", async () => {
	const { deps, scope } = await openTestCatalog();
	const names = ["b", "a", "é", "Z", "a-b", "aa", "\u{1f600}"];
	for (const name of names)
		await createNamespace(deps, scope, { namespace: ["top", name] });
	const sorted = names.toSorted((x, y) =>
		Buffer.compare(Buffer.from(x), Buffer.from(y)),
	);
	const seen: string[] = [];
	let pageToken: string | null = "";
	let pages = 0;
	while (pageToken !== null) {
		const page = await listNamespaces(deps, scope, ["top"], {
			pageToken,
			pageSize: 3,
		});
		seen.push(...page.namespaces.map((levels) => levels[1] ?? ""));
		pageToken = page.nextPageToken;
		pages++;
	}
	assert.deepEqual(seen, sorted);
	assert.equal(pages, 3);
	const whole = await listNamespaces(deps, scope, ["top"], {});
	assert.equal(whole.namespaces.length, names.length);
	assert.equal(whole.nextPageToken, null);
	const first = await listNamespaces(deps, scope, ["top"], {
		pageToken: "",
		pageSize: 1,
	});
	assert(first.nextPageToken !== null);
	await assert.rejects(
		listNamespaces(deps, scope, [], { pageToken: first.nextPageToken }),
		refusal("bad-request"),
	);
	for (const bad of [
		{ pageSize: 0 },
		{ pageSize: -1 },
		{ pageSize: Number.NaN },
		{ pageToken: "garbage" },
		{ pageToken: "WyJ4Il0" },
	])
		await assert.rejects(
			listNamespaces(deps, scope, ["top"], bad),
			refusal("bad-request"),
		);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { filledServer, tableRequest } from "./support.ts";

const CATALOG = "/api/v1/catalogs/default";
const NAMESPACES = "/v1/default/namespaces";

test("the summary of a catalog counts what a ref shows", async () => {
	const server = await filledServer();
	await server.send("POST", "/api/v1/branches", { name: "dev" });
	await server.send(
		"POST",
		`${NAMESPACES}/default/tables?branch=dev`,
		tableRequest("u"),
	);
	const namespace = { namespace: ["a", "b"] };
	await server.send("POST", `${NAMESPACES}?branch=dev`, namespace);
	const main = await server.send("GET", `${CATALOG}/summary`);
	assert.deepEqual(main.json, {
		name: "default",
		table_count: 1,
		view_count: 1,
		asset_count: 0,
		namespace_count: 1,
		branch_count: 2,
		storage_location: null,
	});
	for (const url of [`${CATALOG}/summary?branch=dev`, `${CATALOG}@dev/summary`])
		assert.deepEqual((await server.send("GET", url)).json, {
			...main.json,
			table_count: 2,
			namespace_count: 3,
		});
});

test("the tree of namespaces, of a ref", async () => {
	const server = await filledServer();
	const tree = `${CATALOG}/namespaces/tree`;
	await server.send("POST", "/api/v1/tags", { name: "v1" });
	for (const namespace of [["b", "x y", "z"], ["a"], ["b", "c"], ["b!"]])
		await server.send("POST", NAMESPACES, { namespace });
	const leaf = (...path: string[]) => ({
		name: path.at(-1),
		full_path: path,
		children: [],
	});
	const shown = await server.send("GET", tree);
	assert.deepEqual(shown.json, {
		root: [
			leaf("a"),
			{
				...leaf("b"),
				children: [
					leaf("b", "c"),
					{ ...leaf("b", "x y"), children: [leaf("b", "x y", "z")] },
				],
			},
			leaf("b!"),
			leaf("default"),
		],
	});
	const before = await server.send("GET", `${tree}?branch=v1`);
	assert.deepEqual(before.json, { root: [leaf("default")] });
});

test("what is not there is 404, and a namespace may be called tree", async () => {
	const server = await filledServer();
	for (const path of ["/summary", "/namespaces/tree"]) {
		for (const url of [
			`/api/v1/catalogs/nope${path}`,
			`${CATALOG}${path}?branch=nope`,
		])
			assert.equal((await server.send("GET", url)).status, 404, url);
	}
	await server.send("POST", NAMESPACES, { namespace: ["tree"] });
	const assets = await server.send("GET", `${CATALOG}/namespaces/tree/assets`);
	assert.deepEqual([assets.status, assets.json], [200, []]);
});

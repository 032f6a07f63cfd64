import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "./router.ts";

function find(templates: readonly string[], path: string): string | undefined {
	const router = createRouter<string>();
	for (const template of templates) router.add(template, "GET", template);
	return router.find(path.split("/"), "GET")?.targets.get("GET");
}

const TEMPLATES = [
	"/v1/config",
	"/v1/{catalog}/config",
	"/v1/{prefix}/namespaces",
	"/v1/{prefix}/namespaces/{namespace}",
	"/v1/{prefix}/tables/rename",
];

test("a literal goes before a parameter, and gives way where it leads nowhere", () => {
	const cases = [
		["/v1/config", "/v1/config"],
		["/v1/config/config", "/v1/{catalog}/config"],
		["/v1/config/namespaces", "/v1/{prefix}/namespaces"],
		[
			"/v1/namespaces/namespaces/namespaces",
			"/v1/{prefix}/namespaces/{namespace}",
		],
		["/v1/a/tables/rename", "/v1/{prefix}/tables/rename"],
		["/v1/a/tables", undefined],
		["/v1/a/tables/rename/x", undefined],
		["/v1", undefined],
		["/v1/", undefined],
		["/v1//config", undefined],
		["/v1/a/namespaces/", undefined],
		["v1/config", undefined],
		["", undefined],
		["/", undefined],
		["/v1/%63onfig", undefined],
		["/v1/__proto__", undefined],
	] as const;
	for (const [path, template] of cases) {
		assert.equal(find(TEMPLATES, path), template, path);
	}
});

test("a literal of another method hides no parameter, and tells its methods where nothing else is", () => {
	const router = createRouter<string>();
	router.add("/branches/merge", "POST", "merge");
	router.add("/branches/{name}", "GET", "branch");
	const named = router.find(["", "branches", "merge"], "GET");
	assert.equal(named?.targets.get("GET"), "branch");
	const merge = router.find(["", "branches", "merge"], "POST");
	assert.equal(merge?.targets.get("POST"), "merge");
	const other = router.find(["", "branches", "merge"], "DELETE");
	assert.deepEqual([...(other?.targets.keys() ?? [])], ["POST"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { openRenderedLists } from "./renderedLists.ts";

const NAMESPACE = ["a", "b"];

test("a list is written once and again when a name changes, appears or goes", () => {
	const lists = openRenderedLists();
	const render = (
		names: readonly string[],
		nextPageToken: string | null = null,
	) => lists.render({ namespace: NAMESPACE, names, nextPageToken });
	const first = render(["x", "y"]);
	assert.deepEqual(JSON.parse(String(first)), {
		identifiers: [
			{ namespace: NAMESPACE, name: "x" },
			{ namespace: NAMESPACE, name: "y" },
		],
		"next-page-token": null,
	});
	assert.equal(render(["x", "y"]), first);
	for (const names of [
		["x", "z"],
		["x"],
		["x", "y", "z"],
		[],
		['","', "\\", "é\u{1f600}"],
	]) {
		const other = JSON.parse(String(render(names)));
		assert.deepEqual(
			other.identifiers,
			names.map((name) => ({ namespace: NAMESPACE, name })),
		);
	}
	assert.deepEqual(JSON.parse(String(render(["x", "y"], "token"))), {
		...JSON.parse(String(first)),
		"next-page-token": "token",
	});
});

test("only some lists are kept", () => {
	const lists = openRenderedLists();
	const render = (level: number) =>
		lists.render({
			namespace: [`n${level}`],
			names: ["x"],
			nextPageToken: null,
		});
	const first = render(0);
	assert.equal(render(0), first);
	for (let level = 1; level <= 100; level++) render(level);
	assert.notEqual(render(0), first);
});

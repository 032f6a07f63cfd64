import assert from "node:assert/strict";
import { test } from "node:test";
import {
	clashing,
	forked,
	merge,
	OPERATIONS,
	propertiesAt,
	set,
	UUID,
} from "./merging.ts";
import type { TestAnswer } from "./support.ts";

const NOBODY = "01890000-0000-7000-8000-00000000ffff";

test("a merge answers with the operation, in the original's fields", async () => {
	const server = await forked();
	const answer = await merge(server);
	assert.equal(answer.status, 200, answer.body);
	const { json } = answer;
	for (const id of [json.id, json.base_commit_id, json.result_commit_id])
		assert.match(id, UUID);
	assert.deepEqual(json, {
		id: json.id,
		tenant_id: "00000000-0000-0000-0000-000000000000",
		catalog_name: "default",
		source_branch: "dev",
		target_branch: "main",
		base_commit_id: json.base_commit_id,
		status: "Completed",
		strategy: "AutoMerge",
		squash: false,
		conflicts: [],
		initiated_by: json.initiated_by,
		initiated_at: "2026-01-01T00:00:00.000Z",
		completed_at: "2026-01-01T00:00:00.000Z",
		result_commit_id: json.result_commit_id,
	});
	assert.equal((await propertiesAt(server, "main")).k, "dev");
	const shown = await server.send("GET", `${OPERATIONS}/${json.id}`);
	assert.deepEqual(shown.json, json);
	const url = `/api/v1/commits/${json.result_commit_id}?catalog=default`;
	const commit = (await server.send("GET", url)).json;
	assert.equal(commit.message, "merge dev into main");
	assert.equal(commit.parent_ids.length, 2);
	const again = await merge(server);
	assert.equal(again.json.status, "Completed");
	assert.equal(again.json.result_commit_id, null);
});

test("conflicts answer 409 and lead to the routes that decide them", async () => {
	const server = await clashing();
	const answer = await merge(server);
	assert.equal(answer.status, 409);
	const { operation_id: id, message } = answer.json;
	assert.deepEqual(answer.json, {
		status: "conflicted",
		operation_id: id,
		conflicts: 1,
		message,
	});
	assert.match(message, /1 conflict/);
	const list = await server.send(
		"GET",
		"/api/v1/catalogs/default/merge-operations",
	);
	const at = "2026-01-01T00:00:00.000Z";
	assert.deepEqual(list.json, [
		{
			id,
			status: "Conflicted",
			source_branch: "dev",
			target_branch: "main",
			conflicts_count: 1,
			initiated_at: at,
			completed_at: null,
		},
	]);
	const conflicts = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	const [conflict] = conflicts.json;
	const { asset_id } = conflict;
	const asset = { asset_id, kind: "table", path: ["default", "t"] };
	assert.deepEqual(conflicts.json, [
		{
			id: conflict.id,
			merge_operation_id: id,
			conflict_type: "MetadataConflict",
			asset_id,
			asset_name: "default.t",
			description: "default.t: both sides changed k",
			details: {
				asset_name: "default.t",
				conflicting_properties: ["k"],
				source: [asset],
				target: [asset],
			},
			resolution: null,
			created_at: at,
		},
	]);
});

test("a conflict is decided, then the merge is completed, and stays so", async () => {
	const server = await clashing();
	const { operation_id: id } = (await merge(server)).json;
	const conflicts = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	const [conflict] = conflicts.json;
	const early = await server.send("POST", `${OPERATIONS}/${id}/complete`);
	assert.equal(early.status, 400, early.body);
	const resolve = `/api/v1/conflicts/${conflict.id}/resolve`;
	const resolved = await server.send("POST", resolve, {
		strategy: "TakeSource",
	});
	assert.equal(resolved.status, 200, resolved.body);
	assert.deepEqual(resolved.json, {
		status: "resolved",
		conflict_id: conflict.id,
	});
	const ready = await server.send("GET", `${OPERATIONS}/${id}`);
	assert.equal(ready.json.status, "Ready");
	assert.equal(ready.json.conflicts[0].resolution.strategy, "TakeSource");
	const done = await server.send("POST", `${OPERATIONS}/${id}/complete`);
	assert.equal(done.status, 200, done.body);
	const { commit_id } = done.json;
	assert.match(commit_id, UUID);
	assert.deepEqual(done.json, {
		status: "completed",
		operation_id: id,
		commit_id,
	});
	assert.equal((await propertiesAt(server, "main")).k, "dev");
	const twice = await server.send("POST", `${OPERATIONS}/${id}/complete`, {});
	assert.deepEqual(twice.json, done.json);
	const abort = await server.send("POST", `${OPERATIONS}/${id}/abort`);
	assert.equal(abort.status, 400, abort.body);
});

test("a merge is aborted, and not completed after that", async () => {
	const server = await clashing();
	const { operation_id: id } = (await merge(server)).json;
	const aborted = await server.send("POST", `${OPERATIONS}/${id}/abort`);
	assert.deepEqual(aborted.json, { status: "aborted", operation_id: id });
	const done = await server.send("POST", `${OPERATIONS}/${id}/complete`);
	assert.equal(done.status, 400);
	const shown = await server.send("GET", `${OPERATIONS}/${id}`);
	assert.equal(shown.json.status, "Aborted");
	assert.equal((await propertiesAt(server, "main")).k, "main");
});

test("strategies are read in the spellings of the original's clients", async () => {
	for (const [strategy, winner] of [
		["TakeSource", "dev"],
		["take_source", "dev"],
		["source", "dev"],
		["TARGET", "main"],
		["take-target", "main"],
	] as const) {
		const server = await clashing();
		const answer = await merge(server, { strategy });
		assert.equal(answer.status, 200, answer.body);
		assert.equal((await propertiesAt(server, "main")).k, winner, strategy);
	}
	const server = await clashing();
	const { operation_id: id } = (await merge(server)).json;
	const conflicts = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	const resolve = `/api/v1/conflicts/${conflicts.json[0].id}/resolve`;
	const body = { resolution: "source", content: null };
	assert.equal((await server.send("POST", resolve, body)).status, 200);
});

test("a dry run shows the changes, or the conflicts", async () => {
	const server = await forked();
	const dry = await merge(server, { dry_run: true });
	assert.equal(dry.status, 200, dry.body);
	const { base_commit_id, changes } = dry.json;
	assert.deepEqual(dry.json, {
		dry_run: true,
		status: "Ready",
		source_branch: "dev",
		target_branch: "main",
		base_commit_id,
		fast_forward: true,
		changes: [
			{
				op: "replace",
				asset_id: changes[0].asset_id,
				kind: "table",
				path: ["default", "t"],
				combined: false,
			},
		],
		conflicts: [],
	});
	await set(server, "main", { k: "main" });
	const other = (await merge(server, { dry_run: true })).json;
	assert.equal(other.status, "Conflicted");
	assert.equal(other.conflicts[0].conflict_type, "MetadataConflict");
	assert.equal((await propertiesAt(server, "main")).k, "main");
});

test("a repetition with the same Idempotency-Key has one effect, of a conflict too", async () => {
	const server = await forked();
	const key = { "idempotency-key": "01890000-0000-7000-8000-000000000001" };
	const first = await merge(server, {}, key);
	const second = await merge(server, {}, key);
	assert.deepEqual(second.json, first.json);
	await set(server, "dev", { k: "2" });
	await set(server, "main", { k: "3" });
	const other = { "idempotency-key": "01890000-0000-7000-8000-000000000002" };
	const conflicted = await merge(server, {}, other);
	assert.equal(conflicted.status, 409);
	const repeated = await merge(server, {}, other);
	assert.equal(repeated.status, 409);
	assert.deepEqual(repeated.json, conflicted.json);
	const list = await server.send(
		"GET",
		"/api/v1/catalogs/default/merge-operations",
	);
	assert.equal(list.json.length, 2);
});

test("the message of the commit is the body's, else the header's", async () => {
	const server = await forked();
	const messageOf = async (answer: TestAnswer): Promise<string> => {
		const url = `/api/v1/commits/${answer.json.result_commit_id}?catalog=default`;
		return (await server.send("GET", url)).json.message;
	};
	const header = { "x-pangolin-message": "from the header" };
	assert.equal(
		await messageOf(await merge(server, {}, header)),
		"from the header",
	);
	await set(server, "dev", { k: "2" });
	const message = "from the body";
	const answer = await merge(server, { message }, header);
	assert.equal(await messageOf(answer), message);
});

test("what is wrong or missing is said", async () => {
	const server = await clashing();
	for (const body of [
		{ strategy: "Guess" },
		{ source_branch: "main" },
		{ source_branch: null },
		{ fast_forward: "never" },
		{ resolutions: [{ asset: "default.t" }] },
		{ resolutions: [{ asset: "default.tt", strategy: "TakeSource" }] },
		{ resolutions: [{ asset: "t", strategy: "TakeSource" }] },
		{ resolutions: [{ asset: "", strategy: "TakeSource" }] },
		{ resolutions: [{ asset: "a\u0000b.t", strategy: "TakeSource" }] },
		{ resolutions: [{ asset: NOBODY, strategy: "TakeSource" }] },
		{
			resolutions: [
				{
					asset: "default.t",
					strategy: "Manual",
					resolved_value: { keep: [{ side: "both" }] },
				},
			],
		},
	])
		assert.equal((await merge(server, body)).status, 400, JSON.stringify(body));
	const never = await merge(server, { fast_forward: "never" });
	assert.equal(
		never.json.error.message,
		'Field fast_forward must be "only" or null',
	);
	for (const body of [
		{ source_branch: "nope" },
		{ target_branch: "nope" },
		{ catalog: "nope" },
	])
		assert.equal((await merge(server, body)).status, 404, JSON.stringify(body));
	const forward = await merge(server, {
		fast_forward: "only",
		strategy: "source",
	});
	assert.equal(forward.status, 409);
	assert.equal(forward.json.error.type, "CommitFailedException");
	for (const [method, url] of [
		["GET", `${OPERATIONS}/${NOBODY}`],
		["GET", `${OPERATIONS}/${NOBODY}/conflicts`],
		["POST", `${OPERATIONS}/${NOBODY}/complete`],
		["POST", `${OPERATIONS}/${NOBODY}/abort`],
	] as const) {
		const answer = await server.send(method, url);
		assert.equal(answer.status, 404, url);
		assert.equal(answer.json.error.type, "NoSuchMergeException");
	}
	const resolve = `/api/v1/conflicts/${NOBODY}/resolve`;
	const strategy = { strategy: "source" };
	assert.equal((await server.send("POST", resolve, strategy)).status, 404);
	assert.equal((await server.send("POST", resolve, {})).status, 400);
});

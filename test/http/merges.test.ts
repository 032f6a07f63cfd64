import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, TestAnswer, TestServer } from "./support.ts";
import { filledServer, TABLES, tableRequest } from "./support.ts";

const MERGE = "/api/v1/branches/merge";
const OPERATIONS = "/api/v1/merge-operations";
const UUID = /^[0-9a-f-]{36}$/;
const NOBODY = "01890000-0000-7000-8000-00000000ffff";

function set(
	server: TestServer,
	ref: string,
	updates: Record<string, string>,
	table = "t",
): Promise<TestAnswer> {
	const url = `/v1/default/namespaces/default/tables/${table}@${ref}`;
	const update = { action: "set-properties", updates };
	return server.send("POST", url, { requirements: [], updates: [update] });
}

async function propertiesAt(server: TestServer, ref: string): Promise<Json> {
	const url = `/v1/default/namespaces/default/tables/t@${ref}`;
	return (await server.send("GET", url)).json.metadata.properties;
}

/** A branch `dev` that changed the table `t` since it left `main`. */
async function forked(): Promise<TestServer> {
	const server = await filledServer();
	const body = { catalog: "default", name: "dev" };
	const branch = await server.send("POST", "/api/v1/branches", body);
	assert.equal(branch.status, 201, branch.body);
	const changed = await set(server, "dev", { k: "dev" });
	assert.equal(changed.status, 200, changed.body);
	return server;
}

/** The same, and `main` changed the same property. */
async function clashing(): Promise<TestServer> {
	const server = await forked();
	await set(server, "main", { k: "main" });
	return server;
}

function merge(
	server: TestServer,
	body: object = {},
	headers: Record<string, string> = {},
): Promise<TestAnswer> {
	const request = {
		source_branch: "dev",
		target_branch: "main",
		catalog: "default",
		...body,
	};
	return server.send("POST", MERGE, request, headers);
}

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

test("decisions may come with the merge, or by hand later", async () => {
	const server = await clashing();
	const resolutions = [{ asset: "default.t", strategy: "TakeSource" }];
	const answer = await merge(server, { resolutions, strategy: "Manual" });
	assert.equal(answer.status, 200, answer.body);
	assert.equal((await propertiesAt(server, "main")).k, "dev");
	await set(server, "dev", { k: "2" });
	await set(server, "main", { k: "3" });
	const { operation_id: id } = (await merge(server)).json;
	const conflicts = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	const resolve = `/api/v1/conflicts/${conflicts.json[0].id}/resolve`;
	const manual = { strategy: "Manual", resolved_value: { keep: [] } };
	assert.equal((await server.send("POST", resolve, manual)).status, 200);
	const done = await server.send("POST", `${OPERATIONS}/${id}/complete`);
	assert.equal(done.status, 200, done.body);
	assert.equal((await server.send("GET", `${TABLES}/t`)).status, 404);
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

test("appends on both sides are told by their snapshots, whose ids are text", async () => {
	const server = await clashing();
	for (const [ref, id] of [
		["dev", "3051729675574597004"],
		["main", "3051729675574597005"],
	] as const) {
		const url = `/v1/default/namespaces/default/tables/t@${ref}`;
		const snapshot = `{"snapshot-id": ${id}, "sequence-number": 1,
			"timestamp-ms": 1767225600000, "schema-id": 0, "summary": {"operation": "append"},
			"manifest-list": "memory://warehouse/default/t/metadata/${ref}.avro"}`;
		const body = `{"requirements": [], "updates": [
			{"action": "add-snapshot", "snapshot": ${snapshot}},
			{"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": ${id}}]}`;
		const answer = await server.send("POST", url, body, {
			"content-type": "application/json",
		});
		assert.equal(answer.status, 200, answer.body);
	}
	const { operation_id: id } = (await merge(server)).json;
	const { json } = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	assert.equal(json.length, 1);
	assert.equal(json[0].conflict_type, "DataOverlap");
	const { source_snapshots, target_snapshots } = json[0].details;
	const summary = { operation: "append" };
	assert.deepEqual(source_snapshots, [
		{ snapshot_id: "3051729675574597004", summary },
	]);
	assert.deepEqual(target_snapshots, [
		{ snapshot_id: "3051729675574597005", summary },
	]);
});

test("schema changes on both sides are shown as they are", async () => {
	const server = await clashing();
	for (const ref of ["dev", "main"]) {
		const column = { id: 2, name: ref, required: false, type: "long" };
		const schema = {
			type: "struct",
			fields: [{ id: 1, name: "id", required: false, type: "long" }, column],
		};
		const url = `/v1/default/namespaces/default/tables/t@${ref}`;
		const answer = await server.send("POST", url, {
			requirements: [],
			updates: [
				{ action: "add-schema", schema },
				{ action: "set-current-schema", "schema-id": -1 },
			],
		});
		assert.equal(answer.status, 200, answer.body);
	}
	const { operation_id: id } = (await merge(server)).json;
	const { json } = await server.send("GET", `${OPERATIONS}/${id}/conflicts`);
	const [conflict] = json;
	assert.equal(json.length, 1);
	assert.equal(conflict.conflict_type, "SchemaChange");
	assert.equal(conflict.details.source_schema.fields[1].name, "dev");
	assert.equal(conflict.details.target_schema.fields[1].name, "main");
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

test("a rebase moves a branch, or answers 409 with what conflicts", async () => {
	const server = await forked();
	await server.send("POST", TABLES, tableRequest("u"));
	const url = "/api/v1/branches/dev/rebase";
	const body = { name: "dev", catalog: "default" };
	const answer = await server.send("POST", url, body);
	assert.equal(answer.status, 200, answer.body);
	const { head_commit_id } = answer.json;
	assert.match(head_commit_id, UUID);
	assert.deepEqual(answer.json, {
		status: "rebased",
		name: "dev",
		onto: "main",
		head_commit_id,
	});
	assert.equal((await server.send("GET", `${TABLES}/u@dev`)).status, 200);
	const again = await server.send("POST", url, body);
	assert.deepEqual(again.json, { ...answer.json, status: "up-to-date" });
	await set(server, "main", { k: "main" });
	const clash = await server.send("POST", url, body);
	assert.equal(clash.status, 409);
	assert.equal(clash.json.status, "conflicted");
	assert.equal(clash.json.operation_id, null);
	assert.equal(clash.json.conflicts, 1);
	assert.equal(clash.json.details[0].asset_name, "default.t");
	const taken = await server.send("POST", url, { ...body, strategy: "target" });
	assert.equal(taken.status, 200, taken.body);
	assert.equal((await propertiesAt(server, "dev")).k, "main");
	const main = await server.send("POST", "/api/v1/branches/main/rebase", body);
	assert.equal(main.status, 400);
});

test("what is wrong or missing is said", async () => {
	const server = await clashing();
	for (const body of [
		{ strategy: "Guess" },
		{ source_branch: "main" },
		{ source_branch: null },
		{ fast_forward: "never" },
		{ resolutions: [{ asset: "default.t" }] },
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

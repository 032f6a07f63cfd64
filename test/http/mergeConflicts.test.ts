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
import { TABLES, tableRequest } from "./support.ts";

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

test("a rebase moves a branch, or answers 409 with what conflicts", async () => {
	const server = await forked();
	await server.send("POST", TABLES, tableRequest("u"));
	const url = "/api/v1/branches/dev/rebase";
	const body = { name: "dev", catalog: "default" };
	const plan = await server.send("POST", url, { ...body, dry_run: true });
	assert.equal(plan.json.status, "planned", plan.body);
	assert.equal((await server.send("GET", `${TABLES}/u@dev`)).status, 404);
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

import assert from "node:assert/strict";
import type { Json, TestAnswer, TestServer } from "./support.ts";
import { filledServer } from "./support.ts";

const MERGE = "/api/v1/branches/merge";
export const OPERATIONS = "/api/v1/merge-operations";
export const UUID = /^[0-9a-f-]{36}$/;

export function set(
	server: TestServer,
	ref: string,
	updates: Record<string, string>,
	table = "t",
): Promise<TestAnswer> {
	const url = `/v1/default/namespaces/default/tables/${table}@${ref}`;
	const update = { action: "set-properties", updates };
	return server.send("POST", url, { requirements: [], updates: [update] });
}

export async function propertiesAt(
	server: TestServer,
	ref: string,
): Promise<Json> {
	const url = `/v1/default/namespaces/default/tables/t@${ref}`;
	return (await server.send("GET", url)).json.metadata.properties;
}

/** A branch `dev` that changed the table `t` since it left `main`. */
export async function forked(): Promise<TestServer> {
	const server = await filledServer();
	const body = { catalog: "default", name: "dev" };
	const branch = await server.send("POST", "/api/v1/branches", body);
	assert.equal(branch.status, 201, branch.body);
	const changed = await set(server, "dev", { k: "dev" });
	assert.equal(changed.status, 200, changed.body);
	return server;
}

/** The same, and `main` changed the same property. */
export async function clashing(): Promise<TestServer> {
	const server = await forked();
	await set(server, "main", { k: "main" });
	return server;
}

export function merge(
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

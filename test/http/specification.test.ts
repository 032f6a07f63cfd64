import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointsOf, ROUTES } from "../../src/http/routes/all.ts";
import { UNROUTED } from "../../src/http/unrouted.ts";
import { operationsOf, readSpecification } from "./specification.ts";

const specification = readSpecification();
const operations = operationsOf(specification);

/** Names of ours for what the specification calls differently. */
const routesById = new Map(ROUTES.map((route) => [route.id, route]));

test("the specification was read", () => {
	assert.equal(operations.length, 35);
});

test("each operation of the specification has a route, or a reason why not", () => {
	for (const operation of operations) {
		const route = routesById.get(operation.id);
		const reason = Object.hasOwn(UNROUTED, operation.id)
			? UNROUTED[operation.id]
			: undefined;
		assert.ok(
			(route === undefined) !== (reason === undefined),
			`${operation.id} must be either routed or listed with a reason`,
		);
		if (route === undefined) continue;
		assert.equal(route.method, operation.method, operation.id);
		assert.equal(route.path, operation.path, operation.id);
	}
});

test("nothing is excused that the specification does not know", () => {
	const known = new Set(operations.map((operation) => operation.id));
	for (const id of Object.keys(UNROUTED)) assert.ok(known.has(id), id);
});

test("an Idempotency-Key is honoured exactly where the specification allows it", () => {
	for (const operation of operations) {
		const route = routesById.get(operation.id);
		if (route === undefined) continue;
		assert.equal(
			route.idempotent !== undefined,
			operation.takesIdempotencyKey,
			operation.id,
		);
	}
});

test("every mutation of our own honours an Idempotency-Key", () => {
	for (const route of ROUTES) {
		const isOurs = route.path.startsWith("/api/v1/");
		const isMutation = route.method !== "GET" && route.method !== "HEAD";
		if (isOurs && isMutation) assert.equal(route.idempotent, "plain", route.id);
	}
});

test("route ids and method-path pairs are unique, and each mutation names its action", () => {
	const ids = ROUTES.map((route) => route.id);
	const places = ROUTES.map((route) => `${route.method} ${route.path}`);
	assert.equal(new Set(ids).size, ids.length);
	assert.equal(new Set(places).size, places.length);
	for (const route of ROUTES) {
		if (route.method === "POST")
			assert.notEqual(route.allow, "public", route.id);
	}
});

test("advertised endpoints have the form that clients can read, and exist in the specification", () => {
	const known = new Set(operations.map((o) => `${o.method} ${o.path}`));
	for (const endpoint of endpointsOf(ROUTES)) {
		assert.match(
			endpoint,
			/^(?:GET|HEAD|POST|DELETE) \/v1\/\{prefix\}\/[^ ]+$/,
		);
		assert.ok(known.has(endpoint), endpoint);
	}
	assert.equal(
		endpointsOf(ROUTES).length,
		operations.length - Object.keys(UNROUTED).length - 1,
		"all routed operations but getConfig",
	);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_AUTH_PRINCIPAL } from "../model/principal.ts";
import { decide } from "./decide.ts";

test("without authentication everybody may do everything", () => {
	assert.equal(decide(NO_AUTH_PRINCIPAL, "tenant.delete").allowed, true);
	assert.equal(decide(NO_AUTH_PRINCIPAL, "table.update").allowed, true);
});

test("a tenant's administrator does not manage tenants", () => {
	const admin = { ...NO_AUTH_PRINCIPAL, role: "tenant-admin" } as const;
	assert.equal(decide(admin, "catalog.delete").allowed, true);
	assert.equal(decide(admin, "tenant.create").allowed, false);
});

test("a user without grants may do only what is public", () => {
	const user = { ...NO_AUTH_PRINCIPAL, role: "tenant-user" } as const;
	assert.equal(decide(user, "public").allowed, true);
	const decision = decide(user, "table.read");
	assert.equal(decision.allowed, false);
});

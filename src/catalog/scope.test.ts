import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openTestCatalog } from "../../test/support/catalog.ts";
import { checkProperty } from "../../test/support/property.ts";
import { PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import { NO_AUTH_PRINCIPAL } from "../model/principal.ts";
import type { Store } from "../store/contract.ts";
import { configFor, openScope, prefixOf } from "./scope.ts";

const NOBODY = NO_AUTH_PRINCIPAL;

function codeIs(code: string): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

/** A store in which every ref exists, as another name of `main`. */
function withEveryRef(store: Store): Store {
	return {
		...store,
		refs: {
			...store.refs,
			locate: async (tenant, catalog, name) => {
				const located = await store.refs.locate(tenant, catalog, "main");
				return located && { ...located, ref: { ...located.ref, name } };
			},
		},
	};
}

test("the prefix of a catalog's main is its name", async () => {
	const { deps } = await openTestCatalog();
	const { prefix } = await configFor(deps, NOBODY, "default");
	assert.equal(prefix, "default");
	const scope = await openScope(deps, NOBODY, prefix);
	assert.equal(scope.located.ref.name, "main");
});

test("without a warehouse the catalog `default` is meant", async () => {
	const { deps } = await openTestCatalog();
	assert.equal((await configFor(deps, NOBODY, undefined)).prefix, "default");
	assert.equal((await configFor(deps, NOBODY, "")).prefix, "default");
});

test("what does not exist is said so", async () => {
	const { deps } = await openTestCatalog();
	const missing = codeIs("warehouse-not-found");
	await assert.rejects(configFor(deps, NOBODY, "other"), missing);
	await assert.rejects(configFor(deps, NOBODY, "default@dev"), missing);
	await assert.rejects(
		openScope(deps, NOBODY, "other"),
		codeIs("catalog-not-found"),
	);
	await assert.rejects(
		openScope(deps, NOBODY, "default~dev"),
		codeIs("ref-not-found"),
	);
});

test("a catalog of another tenant does not exist", async () => {
	const { deps } = await openTestCatalog();
	const stranger = {
		...NOBODY,
		tenant: brandId<typeof NOBODY.tenant>(
			"11111111-1111-4111-8111-111111111111",
		),
	};
	await assert.rejects(
		openScope(deps, stranger, "default"),
		codeIs("catalog-not-found"),
	);
});

test("every ref has a prefix of unreserved characters that leads back to it", async () => {
	const { deps } = await openTestCatalog({ store: withEveryRef });
	const refs = fc
		.string({ unit: "grapheme", minLength: 1 })
		.filter((ref) => ref.isWellFormed() && !ref.includes("\ufffd"));
	await checkProperty(
		fc.asyncProperty(refs, async (ref) => {
			const { prefix } = await configFor(deps, NOBODY, `default@${ref}`);
			assert.match(prefix, /^[A-Za-z0-9._~-]+$/);
			const scope = await openScope(deps, NOBODY, prefix);
			assert.equal(scope.located.ref.name, ref);
		}),
	);
});

test("a prefix that was never handed out is refused", async () => {
	const { deps } = await openTestCatalog({ store: withEveryRef });
	for (const prefix of ["default~", "default~%41", "default~~4", "default~~41"])
		await assert.rejects(
			openScope(deps, NOBODY, prefix),
			codeIs("ref-not-found"),
			prefix,
		);
	assert.equal(prefixOf("default", "a/b"), "default~a~2fb");
});

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { sharedMongo, urlOf } from "../../../test/support/mongo/mongo.ts";
import { findIn, startProxy } from "../../../test/support/mongo/proxy.ts";
import { until } from "../../../test/support/until.ts";
import { brandId } from "../../model/ids.ts";
import { insertTenant } from "../conformance/world.ts";
import { askTwice } from "./askTwice.ts";
import { openMongoStore } from "./mongoStore.ts";

/** Asks, and leaves it to the test how each of the questions ends. */
function asking(test: TestContext) {
	test.mock.timers.enable({ apis: ["setTimeout"] });
	const asked: PromiseWithResolvers<string>[] = [];
	const answer = askTwice({ soonMillis: 1000 }, () => {
		const one = Promise.withResolvers<string>();
		asked.push(one);
		return one.promise;
	});
	const wait = async () => {
		test.mock.timers.tick(3_600_000);
		await turn();
	};
	return { asked, answer, wait };
}

const turn = () => new Promise(setImmediate);

describe("what is asked twice", () => {
	it("is asked once where the answer comes soon", async (test) => {
		const { asked, answer, wait } = asking(test);
		asked[0]?.resolve("a");
		assert.equal(await answer, "a");
		await wait();
		assert.equal(asked.length, 1);
	});

	it("is asked once where the answer came while the process was busy", async (test) => {
		const { asked, answer, wait } = asking(test);
		const waited = wait();
		asked[0]?.resolve("a");
		await waited;
		assert.equal(await answer, "a");
		assert.equal(asked.length, 1);
	});

	it("fails as soon as it fails", async (test) => {
		const { asked, answer, wait } = asking(test);
		asked[0]?.reject(new Error("no"));
		await assert.rejects(answer, /no/);
		await wait();
		assert.equal(asked.length, 1);
	});

	for (const [place, name] of ["first", "second"].entries())
		it(`has the answer of the ${name} question, where that comes before the other's`, async (test) => {
			const { asked, answer, wait } = asking(test);
			await wait();
			await wait();
			assert.equal(asked.length, 2);
			asked[place]?.resolve(name);
			assert.equal(await answer, name);
			asked[1 - place]?.reject(new Error("late"));
			await turn();
		});
});

/** A store behind a proxy whose driver gives up much later than the test. */
async function patientStore(test: TestContext) {
	const { socketPath } = await sharedMongo();
	const proxy = await startProxy(socketPath);
	const name = `test-${randomUUID()}`;
	const store = await openMongoStore({
		url: urlOf(proxy.socketPath, name),
		timeoutMillis: 600_000,
	});
	test.after(async () => {
		proxy.cut(true);
		await store.close();
		await proxy.close();
	});
	return { proxy, store, url: urlOf(socketPath, name) };
}

const newTenant = () => brandId<never>(randomUUID());

describe("reads behind operations that the driver never ends", () => {
	for (const [what, collection] of [
		["reads of the tail", "log"],
		["queries of rows", "tenant"],
	] as const)
		it(`are answered while two ${what} are under way`, async (test) => {
			const { proxy, store } = await patientStore(test);
			const tenants = Array.from({ length: 3 }, newTenant);
			await store.apply(tenants.map(insertTenant));
			await store.ping();
			const answers: Promise<unknown>[] = [];
			proxy.swallow(findIn(collection), 2);
			for (const [i, tenant] of tenants.entries()) {
				answers.push(store.registry.tenant(tenant));
				if (i < 2) await until("a stuck read", () => proxy.stuck === i + 1);
			}
			for (const answer of await Promise.all(answers)) assert.ok(answer);
			assert.equal(proxy.stuck, 2);
		});

	it("are answered while it is being asked how far the log is derived", async (test) => {
		const { proxy, store, url } = await patientStore(test);
		const other = await openMongoStore({ url });
		test.after(() => other.close());
		const tenant = newTenant();
		await other.apply([insertTenant(tenant)]);
		proxy.swallow(findIn("meta"), 1);
		assert.ok(await store.registry.tenant(tenant));
		assert.equal(proxy.stuck, 1);
	});
});

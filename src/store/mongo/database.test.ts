import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { connect } from "./database.ts";

describe("the driver's look at a server", () => {
	it("that never ends makes the client connect anew", async (test) => {
		const url = await freshMongoUrl();
		const { client, log } = await connect({ url, timeoutMillis: 200 });
		test.after(() => client.close());
		const opened = once(client, "open");
		const look = { connectionId: "stuck", awaited: false };
		client.emit("serverHeartbeatStarted", look as never);
		await opened;
		assert.equal(await log.countDocuments(), 0);
	});

	it("that never ends is none of a client that was closed", async () => {
		const url = await freshMongoUrl();
		const { client, log } = await connect({ url, timeoutMillis: 200 });
		const closing = once(client, "topologyClosed");
		const look = { connectionId: "stuck", awaited: false };
		client.emit("serverHeartbeatStarted", look as never);
		await closing;
		await client.close();
		await assert.rejects(log.countDocuments());
	});
});

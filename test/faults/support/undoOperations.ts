import {
	createTableBody,
	NAMESPACE,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
} from "./client.ts";
import { type Operation, written } from "./operation.ts";

/** From below `/v1/<prefix>`, where requests go, to the management routes. */
const MANAGEMENT = "/../../api/v1";

async function head(send: Send): Promise<string> {
	const log = await succeed(send("GET", `${MANAGEMENT}/commits?limit=1`));
	return JSON.parse(log.text)[0].id;
}

export const undrop: Operation = {
	tables: 1,
	prepare: async (send, name) => {
		await succeed(send("DELETE", `${TABLES}/${name}-0`));
	},
	run: async (send, name) => {
		await send("POST", `${MANAGEMENT}/catalogs/default/undrop`, {
			namespace: [NAMESPACE],
			name: `${name}-0`,
		});
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

const COMMITS = new Map<string, string>();

/** Of a commit to two tables. */
export const revert: Operation = {
	tables: 2,
	prepare: async (send, name) => {
		await succeed(
			send("POST", "/transactions/commit", {
				"table-changes": [0, 1].map((i) => ({
					identifier: { namespace: [NAMESPACE], name: `${name}-${i}` },
					...(propertyCommit("wrong") as object),
				})),
			}),
		);
		COMMITS.set(name, await head(send));
	},
	run: async (send, name) => {
		await send("POST", `${MANAGEMENT}/branches/main/revert`, {
			commit_id: COMMITS.get(name),
		});
	},
	state: (send, name) => written(send, [`${name}-0`, `${name}-1`]),
};

/** Of a commit, a drop and a create. */
export const rollBack: Operation = {
	tables: 2,
	prepare: async (send, name) => {
		COMMITS.set(name, await head(send));
		await succeed(send("POST", `${TABLES}/${name}-0`, propertyCommit("wrong")));
		await succeed(send("DELETE", `${TABLES}/${name}-1`));
		await succeed(send("POST", TABLES, createTableBody(`${name}-2`)));
	},
	run: async (send, name) => {
		await send("POST", `${MANAGEMENT}/branches/main/rollback`, {
			to: COMMITS.get(name),
		});
	},
	state: (send, name) =>
		written(
			send,
			[0, 1, 2].map((i) => `${name}-${i}`),
		),
};

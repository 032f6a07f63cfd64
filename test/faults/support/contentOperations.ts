import {
	createTableBody,
	NAMESPACE,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
} from "./client.ts";
import { type Operation, written } from "./operation.ts";

export const commit: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", `${TABLES}/${name}-0`, propertyCommit("new"));
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

export const transaction: Operation = {
	tables: 3,
	run: async (send, name) => {
		await send("POST", "/transactions/commit", {
			"table-changes": [0, 1, 2].map((i) => ({
				identifier: { namespace: [NAMESPACE], name: `${name}-${i}` },
				...(propertyCommit("new") as object),
			})),
		});
	},
	state: (send, name) =>
		written(
			send,
			[0, 1, 2].map((i) => `${name}-${i}`),
		),
};

/** The planted bug: several tables, but each on its own. */
export const transactionInParts: Operation = {
	...transaction,
	run: async (send, name) => {
		for (const i of [0, 1, 2]) {
			await send("POST", `${TABLES}/${name}-${i}`, propertyCommit("new"));
		}
	},
};

export const rename: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", "/tables/rename", {
			source: { namespace: [NAMESPACE], name: `${name}-0` },
			destination: { namespace: [NAMESPACE], name: `${name}-moved` },
		});
	},
	state: (send, name) => written(send, [`${name}-0`, `${name}-moved`]),
};

export const drop: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("DELETE", `${TABLES}/${name}-0`);
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

export const create: Operation = {
	tables: 0,
	run: async (send, name) => {
		await send("POST", TABLES, createTableBody(`${name}-0`));
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

/** The management routes, seen from the catalog's: `fetch` resolves the dots. */
const BRANCHES = "/../../api/v1/branches";

export const branch: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", BRANCHES, { name });
	},
	state: (send, name) => branched(send, [name]),
};

export const branchRename: Operation = {
	tables: 1,
	prepare: async (send, name) => {
		await succeed(send("POST", BRANCHES, { name }));
	},
	run: async (send, name) => {
		const change = { name: `${name}-moved`, protected: true };
		await send("PUT", `${BRANCHES}/${name}`, change);
	},
	state: (send, name) => branched(send, [name, `${name}-moved`]),
};

export const branchDelete: Operation = {
	...branchRename,
	run: async (send, name) => {
		await send("DELETE", `${BRANCHES}/${name}`);
	},
};

/** Of each branch: what is said of it, and whether it shows the table made before it. */
async function branched(send: Send, names: readonly string[]): Promise<string> {
	const found: string[] = [];
	for (const name of names) {
		const table = `${TABLES}/${name.replace("-moved", "")}-0?branch=${name}`;
		const shown = await send("GET", `${BRANCHES}/${name}`);
		const { status } = await send("GET", table);
		const isProtected = shown.text.includes('"protected":true');
		found.push(`${shown.status} ${isProtected} ${status}`);
	}
	return found.join(", ");
}

/** A branch of three tables: one is changed there and on `main`, one is changed there, one dropped. */
async function diverge(send: Send, name: string): Promise<void> {
	await succeed(send("POST", BRANCHES, { name }));
	const at = (i: number): string => `${TABLES}/${name}-${i}@${name}`;
	await succeed(send("POST", at(0), propertyCommit("new")));
	await succeed(send("POST", at(1), propertyCommit("new")));
	await succeed(send("DELETE", at(2)));
	const updates = [{ action: "set-properties", updates: { other: "main" } }];
	const change = { requirements: [], updates };
	await succeed(send("POST", `${TABLES}/${name}-0`, change));
}

export const merge: Operation = {
	tables: 3,
	prepare: diverge,
	run: async (send, name) => {
		await send("POST", `${BRANCHES}/merge`, { source_branch: name });
	},
	state: async (send, name) =>
		`${await merged(send, name, "main")} ${(await mergesOf(send, name)).map(({ status }) => status)}`,
};

export const mergeCompletion: Operation = {
	...merge,
	prepare: async (send, name) => {
		await diverge(send, name);
		const clash = propertyCommit("old");
		await succeed(send("POST", `${TABLES}/${name}-1`, clash));
		await send("POST", `${BRANCHES}/merge`, { source_branch: name });
		const [operation] = await mergesOf(send, name);
		const url = `${MERGES}/${operation?.id}/conflicts`;
		const { text } = await succeed(send("GET", url));
		for (const { id } of JSON.parse(text)) {
			const resolve = `/../../api/v1/conflicts/${id}/resolve`;
			await succeed(send("POST", resolve, { strategy: "TakeSource" }));
		}
	},
	run: async (send, name) => {
		const [operation] = await mergesOf(send, name);
		await send("POST", `${MERGES}/${operation?.id}/complete`);
	},
};

export const rebase: Operation = {
	...merge,
	run: async (send, name) => {
		await send("POST", `${BRANCHES}/${name}/rebase`, {});
	},
	state: (send, name) => merged(send, name, name),
};

const MERGES = "/../../api/v1/merge-operations";

async function mergesOf(
	send: Send,
	source: string,
): Promise<{ id: string; status: string }[]> {
	const url = "/../../api/v1/catalogs/default/merge-operations";
	const { text } = await succeed(send("GET", url));
	return JSON.parse(text).filter(
		(each: { source_branch: string }) => each.source_branch === source,
	);
}

/** What `diverge` changed, as a ref shows it. */
async function merged(send: Send, name: string, ref: string): Promise<string> {
	const names = [0, 1, 2].map((i) => `${name}-${i}@${ref}`);
	const first = await succeed(send("GET", `${TABLES}/${names[0]}`));
	return `${await written(send, names)} ${first.text.includes('"other":"main"')}`;
}

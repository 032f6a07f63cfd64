import {
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "../faults/support/client.ts";

/** Commits that go on while something else happens. */
export interface CommitLoad {
	/** By table: the last value whose commit was acknowledged. */
	readonly acknowledged: ReadonlyMap<string, number>;
	/** Resolves when every table was committed to once more. */
	more(): Promise<void>;
	/** Ends it when what is under way was answered. */
	stop(): Promise<void>;
}

/** Commits to each table again and again, each time a number that is greater by one; the servers take turns. */
export function commitAlways(
	servers: readonly Send[],
	tables: readonly string[],
): CommitLoad {
	let isStopped = false;
	const acknowledged = new Map<string, number>();
	const client = async (table: string, i: number) => {
		for (let value = 1; !isStopped; value++) {
			const send = servers[(i + value) % servers.length];
			if (send === undefined) throw new Error("there is no server");
			await succeed(
				send("POST", `${TABLES}/${table}`, propertyCommit(String(value))),
			);
			acknowledged.set(table, value);
		}
	};
	const clients = Promise.all(tables.map(client));
	return {
		acknowledged,
		async more() {
			const before = new Map(acknowledged);
			const isBehind = (table: string) =>
				(acknowledged.get(table) ?? 0) <= (before.get(table) ?? 0);
			while (tables.some(isBehind))
				await Promise.race([
					clients,
					new Promise((resolve) => setImmediate(resolve)),
				]);
		},
		async stop() {
			isStopped = true;
			await clients;
		},
	};
}

/** The value that a table's last commit left. */
export async function writtenOf(send: Send, table: string): Promise<number> {
	const answer = await succeed(send("GET", `${TABLES}/${table}`));
	return Number(tableView(answer).written ?? 0);
}

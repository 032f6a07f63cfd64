import {
	createTableBody,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./client.ts";

/** An operation on fresh tables, and what is left when it happened and when it did not. */
export interface Operation {
	/** Number of tables `<name>-0`, … that are made before. */
	readonly tables: number;
	/** What else is done before. */
	prepare?(send: Send, name: string): Promise<void>;
	run(send: Send, name: string): Promise<void>;
	/** What a client can see; equal strings are equal states. */
	state(send: Send, name: string): Promise<string>;
}

/** Of each table: missing, or its property `written`. Anything but 200 and 404 is an error. */
export async function written(
	send: Send,
	names: readonly string[],
): Promise<string> {
	const found: string[] = [];
	for (const name of names) {
		const answer = await send("GET", `${TABLES}/${name}`);
		if (answer.status === 404) found.push("missing");
		else
			found.push(
				tableView(await succeed(Promise.resolve(answer))).written ?? "old",
			);
	}
	return found.join(" ");
}

/** Makes what an operation of this name needs. */
export async function prepare(
	send: Send,
	operation: Operation,
	name: string,
): Promise<void> {
	for (let i = 0; i < operation.tables; i++) {
		await succeed(send("POST", TABLES, createTableBody(`${name}-${i}`)));
	}
	await operation.prepare?.(send, name);
}

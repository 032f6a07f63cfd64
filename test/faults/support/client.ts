/** An answer; `status` 0 when there was none (refused, reset, cut off). */
export interface Answer {
	readonly status: number;
	readonly text: string;
	readonly headers: Headers | undefined;
}

export type Send = (
	method: string,
	path: string,
	body?: unknown,
	headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** Requests below the `/v1/<prefix>` of the default catalog. `body` may be JSON text already. */
export async function openClient(url: string): Promise<Send> {
	const config = await fetch(`${url}/v1/config?warehouse=default`);
	if (!config.ok) throw new Error(`config: ${config.status}`);
	const { overrides } = (await config.json()) as {
		overrides: { prefix: string };
	};
	return clientAt(`${url}/v1/${overrides.prefix}`);
}

export function clientAt(base: string): Send {
	return async (method, path, body, headers) => {
		try {
			const answer = await fetch(base + path, {
				method,
				headers: { "content-type": "application/json", ...headers },
				...(body === undefined
					? {}
					: { body: typeof body === "string" ? body : JSON.stringify(body) }),
			});
			return {
				status: answer.status,
				text: await answer.text(),
				headers: answer.headers,
			};
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
			return { status: 0, text: String(error.cause), headers: undefined };
		}
	};
}

/** @throws Error unless the answer is a success. */
export async function succeed(answer: Promise<Answer>): Promise<Answer> {
	const got = await answer;
	if (got.status < 200 || got.status >= 300) {
		throw new Error(`answered ${got.status}: ${got.text}`);
	}
	return got;
}

export const NAMESPACE = "faults";
export const TABLES = `/namespaces/${NAMESPACE}/tables`;

export function createNamespace(send: Send): Promise<Answer> {
	return succeed(send("POST", "/namespaces", { namespace: [NAMESPACE] }));
}

export function createTableBody(name: string): unknown {
	return {
		name,
		schema: {
			type: "struct",
			"schema-id": 0,
			fields: [{ id: 1, name: "id", required: true, type: "long" }],
		},
	};
}

/** A commit that asserts nothing and leaves `value` behind. */
export function propertyCommit(value: string): unknown {
	return {
		requirements: [],
		updates: [{ action: "set-properties", updates: { written: value } }],
	};
}

/** What a load or a commit says of a table. */
export interface TableView {
	readonly location: string;
	readonly written: string | undefined;
	readonly uuid: string;
	readonly folder: string;
}

export function tableView(answer: Answer): TableView {
	const body = JSON.parse(answer.text) as {
		"metadata-location": string;
		metadata: {
			"table-uuid": string;
			location: string;
			properties?: Record<string, string>;
		};
	};
	return {
		location: body["metadata-location"],
		written: body.metadata.properties?.written,
		uuid: body.metadata["table-uuid"],
		folder: body.metadata.location,
	};
}

import type { Listener } from "./mount.ts";
import type { Method } from "./route.ts";

export interface InjectedRequest {
	readonly method: Method | "PATCH" | "OPTIONS";
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly body?: string | Buffer | undefined;
}

export interface InjectedAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

/**
 * Answers a request without a port, by the same listener. What that needs is
 * loaded at its first use: a server that listens never does.
 */
export async function inject(
	listener: Listener,
	request: InjectedRequest,
): Promise<InjectedAnswer> {
	const { default: lightMyRequest } = await import("light-my-request");
	const answered = await lightMyRequest(
		(received, response) => listener(received, response),
		{
			method: request.method,
			url: request.url,
			headers: { ...request.headers },
			...(request.body === undefined ? {} : { payload: request.body }),
		},
	);
	return {
		status: answered.statusCode,
		headers: Object.fromEntries(
			Object.entries(answered.headers).map(([name, value]) => [
				name,
				value === undefined ? undefined : String(value),
			]),
		),
		body: answered.body,
	};
}

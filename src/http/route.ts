import type { Action } from "../access/actions.ts";
import type { AdminDeps } from "../admin/deps.ts";
import type { CatalogDeps } from "../catalog/deps.ts";
import type { IdempotencySlot } from "../catalog/idempotencySlot.ts";
import type { ErrorCode } from "../model/errors.ts";
import type { Principal } from "../model/principal.ts";
import type { Answer } from "./answer.ts";
import type { BodySpec } from "./body.ts";
import type { QueryKinds, QueryValues, RawQuery } from "./query.ts";
import { readQuery } from "./query.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

/** What handlers may call. */
export interface HandlerDeps {
	readonly catalog: CatalogDeps;
	readonly admin: AdminDeps;
	readonly status: StatusSource;
}

/** The state of the whole server, for health checks and metrics. */
export interface StatusSource {
	readonly auth: "none" | "required";
	isDraining(): boolean;
	/** @throws when the store cannot serve. */
	pingStore(): Promise<void>;
	/** Milliseconds, for measuring how long something took. */
	now(): number;
	renderMetrics(): Promise<{ text: string; contentType: string }>;
	/** Of this route's array, as `/v1/config` lists them. */
	readonly endpoints: readonly string[];
}

type ParameterName<Path extends string> =
	Path extends `${string}{${infer Name}}${infer Rest}`
		? Name | ParameterName<Rest>
		: never;

/** A request as a handler sees it: decoded, validated, of a known caller. */
export interface RouteRequest<
	Parameter extends string = string,
	Query extends QueryKinds = QueryKinds,
	Body = unknown,
> {
	readonly principal: Principal;
	readonly params: Readonly<Record<Parameter, string>>;
	readonly query: QueryValues<Query>;
	readonly body: Body;
	/** Carries an Idempotency-Key's record into the use case's change set. */
	readonly slot: IdempotencySlot | undefined;
	/** Of the commit that the request makes, when the caller gave one. */
	readonly message: string | undefined;
	/** The client is known to delete no files itself. */
	readonly keepsFiles: true | undefined;
	readonly ifNoneMatch: string | undefined;
}

interface RouteFacts {
	/** The specification's operationId where there is one; also the label of logs and metrics. */
	readonly id: string;
	readonly method: Method;
	/** With `{names}`; `/v1/{prefix}/…` is served under its twins too (see mount.ts). */
	readonly path: string;
	readonly summary: string;
	/** What the caller must be allowed to do. */
	readonly allow: Action;
	/** The errors of its own, besides those of every route. */
	readonly errors: readonly ErrorCode[];
	/** A mutation that honours an Idempotency-Key; a `table` or `view` answer is made again from its metadata file. */
	readonly idempotent?: "plain" | "table" | "view";
	/** Answered while the server is draining or at its limit: health and metrics. */
	readonly always?: true;
}

export interface RouteSpec<Path extends string, Query extends QueryKinds, Body>
	extends RouteFacts {
	readonly path: Path;
	readonly query?: Query;
	readonly body?: BodySpec<Body>;
	handler(
		deps: HandlerDeps,
		request: RouteRequest<ParameterName<Path>, Query, Body>,
	): Promise<Answer> | Answer;
}

/** A request before its query and body are read. */
export interface RawRequest {
	readonly principal: Principal;
	readonly params: Readonly<Record<string, string>>;
	readonly query: RawQuery;
	readonly bytes: Buffer | undefined;
	readonly slot: IdempotencySlot | undefined;
	/** Of the commit that the request makes, when the caller gave one. */
	readonly message: string | undefined;
	/** The client is known to delete no files itself. */
	readonly keepsFiles: true | undefined;
	readonly ifNoneMatch: string | undefined;
}

/** A route as a value. All of them are in routes/all.ts. */
export interface Route extends RouteFacts {
	readonly query: QueryKinds;
	/** JSON Schema of the body; undefined when the route takes none. */
	readonly bodySchema: object | undefined;
	readonly bodyLimitBytes: number;
	run(deps: HandlerDeps, raw: RawRequest): Promise<Answer> | Answer;
}

/** Types a route by its own path, query and body, and forgets those types for the array. */
export function route<
	const Path extends string,
	const Query extends QueryKinds = Record<never, never>,
	Body = undefined,
>(spec: RouteSpec<Path, Query, Body>): Route {
	const { body, handler, ...facts } = spec;
	const kinds: QueryKinds = spec.query ?? {};
	return {
		...facts,
		query: kinds,
		bodySchema: body?.schema,
		bodyLimitBytes: body?.limitBytes ?? 0,
		run: (deps, raw) =>
			handler(deps, {
				principal: raw.principal,
				// mount.ts fills in every parameter that the path names.
				params: raw.params as Record<ParameterName<Path>, string>,
				query: readQuery(kinds, raw.query) as QueryValues<Query>,
				body: body?.read(raw.bytes) as Body,
				slot: raw.slot,
				message: raw.message,
				keepsFiles: raw.keepsFiles,
				ifNoneMatch: raw.ifNoneMatch,
			}),
	};
}

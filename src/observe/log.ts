import { pino } from "pino";
import type { Observation, Observe } from "./observation.ts";
import { describeError, visible } from "./visible.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LogOptions {
	readonly level: LogLevel;
	/** Takes JSON lines (see pretty.ts for people). */
	readonly destination: NodeJS.WritableStream;
	/** Milliseconds since the epoch. */
	readonly clock: () => number;
}

type Fields = Readonly<Record<string, string | number | null>>;
type Line = readonly [Exclude<LogLevel, "silent">, string, Fields];

/** Writes observations as one line each. Answered requests appear at `debug` only, failed ones always. */
export function logSink(options: LogOptions): Observe {
	const logger = pino(
		{
			level: options.level,
			base: null,
			timestamp: () => `,"time":"${new Date(options.clock()).toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
		},
		options.destination,
	);
	const debug = logger.isLevelEnabled("debug");
	return (observation) => {
		if (observation.kind === "request-answered" && !debug) return;
		const [level, message, fields] = lineOf(observation);
		logger[level](fields, message);
	};
}

function lineOf(o: Observation): Line {
	switch (o.kind) {
		case "request-answered":
			return [
				"debug",
				visible(`${o.method} ${o.url}`),
				{
					requestId: visible(o.requestId),
					route: o.route,
					status: o.status,
					durationMillis: o.durationMillis,
				},
			];
		case "request-failed":
			return [
				"error",
				`Request failed: ${o.route}`,
				{ requestId: visible(o.requestId), error: describeError(o.error) },
			];
		case "connection-refused":
			return ["debug", visible(o.reason), { status: o.status }];
		case "commit":
			return [
				o.outcome === "unknown" ? "error" : "debug",
				`Commit ${o.outcome}: ${visible(o.operation)}`,
				{ retries: o.retries, durationMillis: o.durationMillis },
			];
		case "cleanup-failed":
			return [
				"warn",
				`Cleanup failed: ${visible(o.what)}`,
				{ error: describeError(o.error) },
			];
		case "job-finished":
			return [
				"info",
				`Job ${o.jobKind} finished: ${visible(o.summary)}`,
				{ job: o.job, attempts: o.attempts, durationMillis: o.durationMillis },
			];
		case "job-failed":
			return [
				"error",
				`Job ${o.jobKind} failed`,
				{
					job: o.job,
					attempts: o.attempts,
					retryAtMillis: o.retryAtMillis,
					error: describeError(o.error),
				},
			];
		case "notice":
			return [o.level, visible(o.message), {}];
		case "background-error":
			return [
				"error",
				`Error in ${visible(o.where)}`,
				{ error: describeError(o.error) },
			];
	}
}

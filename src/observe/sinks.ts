import type { LogLevel } from "./log.ts";
import type { Observe } from "./observation.ts";

export interface SinkOptions {
	/** `auto`: for people on a terminal, JSON elsewhere. */
	readonly logFormat: "auto" | "pretty" | "json";
	readonly logLevel: LogLevel;
	/** Where the log goes; undefined for none. */
	readonly logOutput: LogOutput | undefined;
	readonly metricsEnabled: boolean;
	/** Of the process, in bytes. */
	readonly residentBytes: () => number;
	/** Sees every observation too. */
	readonly also: Observe | undefined;
	/** Milliseconds since the epoch. */
	readonly clock: () => number;
}

export type LogOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface Sinks {
	readonly observe: Observe;
	/** Undefined when metrics are switched off. */
	readonly renderMetrics:
		| (() => Promise<{ text: string; contentType: string }>)
		| undefined;
	/** Where metrics ask whether requests are taken. */
	watchReady(isReady: () => boolean): void;
}

/** Opens what observations go to; libraries that are not wanted are not loaded. */
export async function openSinks(options: SinkOptions): Promise<Sinks> {
	const sinks: Observe[] = options.also === undefined ? [] : [options.also];
	if (options.logOutput !== undefined) {
		sinks.push(await openLog(options, options.logOutput));
	}
	let ready = () => false;
	let renderMetrics: Sinks["renderMetrics"];
	if (options.metricsEnabled) {
		const { metricsSink } = await import("./metrics.ts");
		const metrics = metricsSink({
			ready: () => ready(),
			residentBytes: options.residentBytes,
		});
		sinks.push(metrics.observe);
		renderMetrics = metrics.render;
	}
	return {
		observe: (observation) => {
			for (const sink of sinks) sink(observation);
		},
		renderMetrics,
		watchReady: (isReady) => {
			ready = isReady;
		},
	};
}

function formatOf({ logFormat, logOutput }: SinkOptions): "json" | "pretty" {
	if (logFormat !== "auto") return logFormat;
	return logOutput?.isTTY === true ? "pretty" : "json";
}

async function openLog(
	options: SinkOptions,
	output: LogOutput,
): Promise<Observe> {
	const { logSink } = await import("./log.ts");
	let destination: NodeJS.WritableStream = output;
	if (formatOf(options) === "pretty") {
		const { prettyLines } = await import("./pretty.ts");
		destination = prettyLines(output);
	}
	return logSink({
		level: options.logLevel,
		destination,
		clock: options.clock,
	});
}

import type { GateLimits } from "./gate.ts";

/** Bounds of the server. Times in milliseconds. */
export interface HttpLimits {
	/** From the connection's (or the previous answer's) end to the end of the headers. */
	readonly headersTimeoutMillis: number;
	/** To the end of the body. */
	readonly requestTimeoutMillis: number;
	readonly keepAliveTimeoutMillis: number;
	/** Without a byte taken by a client whose answer is waiting to be sent. */
	readonly unreadTimeoutMillis: number;
	/** How often the first two timeouts are looked after. */
	readonly timeoutCheckMillis: number;
	readonly maxConnections: number;
	/** Requests between their headers and their answer, over all routes. */
	readonly maxInFlight: number;
	/** Bytes of larger request bodies held at once, over all routes. */
	readonly maxBodyBytes: number;
	/** Per route that reads. */
	readonly reads: GateLimits;
	/** Per route that changes something. */
	readonly mutations: GateLimits;
	/** How long in-flight requests may take to finish when the server stops. */
	readonly drainGraceMillis: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
	headersTimeoutMillis: 10_000,
	requestTimeoutMillis: 30_000,
	keepAliveTimeoutMillis: 72_000,
	unreadTimeoutMillis: 60_000,
	timeoutCheckMillis: 1_000,
	maxConnections: 8_192,
	maxInFlight: 1_024,
	maxBodyBytes: 256 * 1024 * 1024,
	reads: { concurrent: 256, queued: 1_024 },
	mutations: { concurrent: 128, queued: 1_024 },
	drainGraceMillis: 25_000,
};

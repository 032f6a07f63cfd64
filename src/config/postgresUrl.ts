import { isLoopback } from "./loopback.ts";

/** What a `postgres://` URL says. */
export interface PostgresUrl {
	/** A name, an address, or the folder of a Unix socket. */
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly password: string | undefined;
	readonly database: string;
	readonly sslMode: SslMode;
	/** The file of the authorities to trust; undefined: those of Node. */
	readonly sslRootCert: string | undefined;
}

/** As libpq has them, without the two that fall back to plain text. */
const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

const PARAMETERS = new Set(["host", "sslmode", "sslrootcert"]);

/**
 * Reads a `postgres://` or `postgresql://` URL. Gives what is wrong with it,
 * without its text: it may hold a password.
 */
export function parsePostgresUrl(
	text: string,
): { readonly url: PostgresUrl } | { readonly refusal: string } {
	const parts = partsOf(text);
	if (parts === undefined)
		return refuse(
			"must be postgres://user@host:port/database, with a password percent-encoded",
		);
	const { host, user, database, parameters } = parts;
	const unknown = [...parameters.keys()].find((name) => !PARAMETERS.has(name));
	if (unknown !== undefined)
		return refuse(
			`has the parameter ${JSON.stringify(unknown)}; there are ${[...PARAMETERS].join(", ")}`,
		);
	if (user === "")
		return refuse("must name a user: postgres://user@host/database");
	if (database === "" || database.includes("/"))
		return refuse("must name one database: postgres://user@host/database");
	if (host === "" || host.includes(","))
		return refuse("must name one host: postgres://user@host/database");
	const sslMode = sslModeOf(parameters.get("sslmode"), host);
	if (sslMode === undefined)
		return refuse(`must have one of sslmode=${SSL_MODES.join(", ")}`);
	const { port, password } = parts;
	const sslRootCert = parameters.get("sslrootcert") ?? undefined;
	return {
		url: { host, port, user, password, database, sslMode, sslRootCert },
	};
}

function refuse(what: string): { readonly refusal: string } {
	return { refusal: `DATABASE_URL ${what}` };
}

interface Parts
	extends Pick<
		PostgresUrl,
		"host" | "port" | "user" | "password" | "database"
	> {
	readonly parameters: URLSearchParams;
}

function partsOf(text: string): Parts | undefined {
	// Without a host the WHATWG parser takes no user; libpq does, for a socket.
	const url = URL.parse(text.replace(/^(\w+:\/\/[^/?#]*@)\//, "$1localhost/"));
	if (url === null || url.hash !== "") return undefined;
	try {
		const parameters = url.searchParams;
		const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
		return {
			host: parameters.get("host") ?? host,
			port: url.port === "" ? 5432 : Number(url.port),
			user: decodeURIComponent(url.username),
			password:
				url.password === "" ? undefined : decodeURIComponent(url.password),
			database: decodeURIComponent(url.pathname.slice(1)),
			parameters,
		};
	} catch {
		return undefined;
	}
}

/** Without a word about it, only what cannot be overheard goes without TLS. */
function sslModeOf(given: string | null, host: string): SslMode | undefined {
	if (given !== null) return SSL_MODES.find((mode) => mode === given);
	const isLocal = host.startsWith("/") || isLoopback(host);
	return isLocal ? "disable" : "verify-full";
}

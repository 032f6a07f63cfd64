/**
 * The paths at which a route is served: its own, and for routes below
 * `/v1/{prefix}` the twin `/v1/{prefix}/v1/…`, which clients reach when they were
 * given `http://host/v1/<catalog>` as the server's address.
 */
export function routePaths(path: string): readonly string[] {
	const below = "/v1/{prefix}/";
	return path.startsWith(below)
		? [path, `${below}v1/${path.slice(below.length)}`]
		: [path];
}

/** `s3://b/t/` → `s3://b/t`; the root of a scheme (`file:///`) stays. */
export function withoutTrailingSlash(location: string): string {
	let end = location.length;
	while (end > 1 && location[end - 1] === "/" && !endsScheme(location, end))
		end--;
	return location.slice(0, end);
}

function endsScheme(location: string, end: number): boolean {
	return location.slice(0, end).endsWith("://");
}

/** A folder and all those above it. */
export function foldersOf(location: string): string[] {
	const folders: string[] = [];
	for (let end = location.indexOf("/"); end >= 0; ) {
		folders.push(location.slice(0, end + 1));
		end = location.indexOf("/", end + 1);
	}
	return folders;
}

/** The least text after all locations inside a folder: `0` comes after the slash. */
export function endOfFolder(location: string): string {
	return `${location.slice(0, -1)}0`;
}

import type { FileStorage, Location } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";

/** A segment that leads elsewhere than its name says. */
const NO_NAME = /^\.{1,2}$/;

/**
 * Where a file that an engine wrote lies. Engines give files names that
 * `canonical` refuses (`a=b%2Fc`): such a name is taken literally below the
 * nearest folder that has a canonical location, as a list of that folder gives it.
 * In a file system, `//` is `/`.
 * @returns undefined for what is not in the warehouse, or has no one place
 */
export function spelledPlace(
	storage: FileStorage,
	file: string,
): Location | undefined {
	const whole = canonical(storage, file);
	if (whole !== undefined) return whole;
	for (let end = file.length; ; ) {
		end = file.lastIndexOf("/", end - 1);
		if (end <= 0) return undefined;
		const folder = canonical(storage, file.slice(0, end));
		if (folder === undefined) continue;
		const segments = file.slice(end + 1).split("/");
		const names = segments.filter((name) => name !== "");
		if (names.some((name) => NO_NAME.test(name))) return undefined;
		return `${folder.replace(/\/$/, "")}/${names.join("/")}` as Location;
	}
}

function canonical(storage: FileStorage, file: string): Location | undefined {
	try {
		return storage.canonical(file);
	} catch (error) {
		if (error instanceof PangolinError) return undefined;
		throw error;
	}
}

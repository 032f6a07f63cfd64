import type { FileStorage, Location } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";

/** Segments of a path that lead elsewhere, or nowhere. */
const NO_NAME = /^\.{0,2}$/;

/**
 * Where a file that an engine wrote lies. Engines give files names that
 * `canonical` refuses (`a=b%2Fc`): such a name is taken literally below the
 * nearest folder that has a canonical location, as a list of that folder gives it.
 * @returns undefined for what is not in the warehouse
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
		const names = file.slice(end + 1).split("/");
		const isPath = names.every((name) => !NO_NAME.test(name));
		if (!isPath) return undefined;
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

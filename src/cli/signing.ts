import { readFile } from "node:fs/promises";
import type { CommandFlag, Output } from "./command.ts";

export const SIGN_KEY = {
	name: "sign-key",
	value: "PATH",
	doc: "An Ed25519 private key (PEM) to sign the file with.",
};

export const VERIFY_KEY = {
	name: "verify-key",
	value: "PATH",
	doc: "The Ed25519 public key (PEM) that must have signed the file.",
};

/** The key in the file that a flag names. @throws errors of the system */
export async function keyOf(
	flags: ReadonlyMap<string, string>,
	{ name }: CommandFlag,
): Promise<string | undefined> {
	const path = flags.get(name);
	return path === undefined ? undefined : await readFile(path, "utf8");
}

export function warnUnchecked(
	err: Output,
	signature: "none" | "unchecked" | "valid",
): void {
	if (signature === "unchecked")
		err.write(
			"pangolin: warning: the file is signed, and its signature was not checked (--verify-key)\n",
		);
}

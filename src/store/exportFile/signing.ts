import type { KeyObject } from "node:crypto";
import {
	createHash,
	createPrivateKey,
	createPublicKey,
	sign,
	verify,
} from "node:crypto";
import { PangolinError } from "../../model/errors.ts";
import type { ExportEnd, ExportSignature } from "./format.ts";

/**
 * Signs the hash of an export with an Ed25519 key, so that who imports it knows
 * whose it is.
 */
export type Sign = (sha256: string) => ExportSignature;

/** Whether an export bears a signature, of which key, and whether that was checked. */
export type Checked =
	| { readonly signature: "none" }
	| { readonly signature: "unchecked"; readonly key: string }
	| { readonly signature: "valid"; readonly key: string };

/** From a private key as PEM. @throws PangolinError `bad-request` */
export function signWith(pem: string): Sign {
	const key = parsed(() => createPrivateKey(pem), "private");
	const fingerprint = fingerprintOf(createPublicKey(key));
	return (sha256) => ({
		algorithm: "Ed25519",
		key: fingerprint,
		value: sign(null, signedText(sha256), key).toString("base64"),
	});
}

/**
 * Checks who signed an export, with the public key as PEM (undefined: does not).
 * @throws PangolinError `bad-request` when it is not signed by that key
 */
export function checkSignature(
	{ sha256, signature }: ExportEnd,
	pem: string | undefined,
): Checked {
	if (pem === undefined)
		return signature === null
			? { signature: "none" }
			: { signature: "unchecked", key: String(signature.key) };
	const key = parsed(() => createPublicKey(pem), "public");
	if (signature === null) throw refused("it is not signed");
	const fingerprint = fingerprintOf(key);
	const value = Buffer.from(String(signature.value), "base64");
	if (!verify(null, signedText(sha256), key, value))
		throw refused(
			signature.key === fingerprint
				? "its signature is wrong"
				: `it is signed with another key (${signature.key}) than the given one (${fingerprint})`,
		);
	return { signature: "valid", key: fingerprint };
}

function signedText(sha256: string): Buffer {
	return Buffer.from(`pangolin export\n${sha256}\n`);
}

function fingerprintOf(key: KeyObject): string {
	const der = key.export({ type: "spki", format: "der" });
	return createHash("sha256").update(der).digest("base64");
}

function parsed(read: () => KeyObject, kind: string): KeyObject {
	let key: KeyObject | undefined;
	try {
		key = read();
	} catch (cause) {
		throw unusable(kind, cause);
	}
	if (key.asymmetricKeyType !== "ed25519") throw unusable(kind);
	return key;
}

function unusable(kind: string, cause?: unknown): PangolinError {
	return new PangolinError(
		"bad-request",
		`the key is not an Ed25519 ${kind} key in PEM without a passphrase`,
		{ cause },
	);
}

function refused(why: string): PangolinError {
	return new PangolinError(
		"bad-request",
		`the export is refused: ${why}; nothing was imported`,
	);
}

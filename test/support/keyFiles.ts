import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files of an Ed25519 key to sign exports with, and of its other half. */
export function keyFiles(
	folder: string,
	name = "key",
): { readonly secret: string; readonly open: string } {
	const { privateKey, publicKey } = generateKeyPairSync("ed25519");
	const secret = join(folder, `${name}.pem`);
	const open = join(folder, `${name}.pub`);
	writeFileSync(secret, privateKey.export({ type: "pkcs8", format: "pem" }));
	writeFileSync(open, publicKey.export({ type: "spki", format: "pem" }));
	return { secret, open };
}

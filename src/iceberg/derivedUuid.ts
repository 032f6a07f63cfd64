import { createHash } from "node:crypto";

/**
 * A UUID that is always the same for a name (RFC 9562, version 8: SHA-256 of
 * the name). Tables of format 1 may have none, and must have one here.
 */
export function uuidDerivedFrom(name: string): string {
	const digest = createHash("sha256").update(name).digest();
	digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
	digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
	const hex = digest.toString("hex");
	return [
		hex.slice(0, 8),
		hex.slice(8, 12),
		hex.slice(12, 16),
		hex.slice(16, 20),
		hex.slice(20, 32),
	].join("-");
}

import type { Properties } from "../model/registry.ts";

/** Stands for a secret in answers; sent back, it keeps the secret as it is. */
export const MASK = "***";

const SECRET_WORDS = [
	"secret",
	"password",
	"passphrase",
	"token",
	"credential",
	"privatekey",
	"accountkey",
	"apikey",
	"sas",
	"connectionstring",
];

/** Whether a configuration key holds what nobody may read back. */
export function isSecretKey(key: string): boolean {
	const letters = key.toLowerCase().replaceAll(/[^a-z]/g, "");
	return SECRET_WORDS.some((word) => letters.includes(word));
}

/** The properties with the values of secret keys masked. */
export function maskSecrets(properties: Properties): Properties {
	return Object.fromEntries(
		Object.entries(properties).map(([key, value]) => [
			key,
			isSecretKey(key) ? MASK : value,
		]),
	);
}

/** What to store for `given`: a masked secret stands for the one stored before. */
export function unmaskSecrets(
	given: Properties,
	before: Properties,
): Properties {
	const stored = new Map(Object.entries(before));
	return Object.fromEntries(
		Object.entries(given).map(([key, value]) => [
			key,
			value === MASK && isSecretKey(key) ? (stored.get(key) ?? value) : value,
		]),
	);
}

/** As `maskSecrets`, for nested JSON. */
export function maskJson(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(maskJson);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [
			key,
			isSecretKey(key) && typeof inner !== "object" ? MASK : maskJson(inner),
		]),
	);
}

/** As `unmaskSecrets`, for nested JSON. */
export function unmaskJson(given: unknown, before: unknown): unknown {
	if (typeof given !== "object" || given === null || Array.isArray(given))
		return given;
	const stored = new Map(
		typeof before === "object" && before !== null ? Object.entries(before) : [],
	);
	return Object.fromEntries(
		Object.entries(given).map(([key, value]) => [
			key,
			value === MASK && isSecretKey(key)
				? (stored.get(key) ?? value)
				: unmaskJson(value, stored.get(key)),
		]),
	);
}

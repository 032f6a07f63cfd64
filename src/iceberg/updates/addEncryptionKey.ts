import { type Apply, changed } from "./draft.ts";

/** A key that is there already stays as it is. */
export const addEncryptionKey: Apply<"add-encryption-key"> = (
	draft,
	update,
) => {
	const keys = draft.metadata["encryption-keys"] ?? [];
	const key = update["encryption-key"];
	return keys.some((known) => known["key-id"] === key["key-id"])
		? draft
		: changed(draft, { "encryption-keys": [...keys, key] });
};

import { type Apply, changed } from "./draft.ts";

export const removeEncryptionKey: Apply<"remove-encryption-key"> = (
	draft,
	update,
) => {
	const keys = draft.metadata["encryption-keys"] ?? [];
	const kept = keys.filter((key) => key["key-id"] !== update["key-id"]);
	return kept.length === keys.length
		? draft
		: changed(draft, { "encryption-keys": kept });
};

import { invalid } from "../fields.ts";
import { type Apply, changed } from "./draft.ts";

/** Only a table that is being created gets a UUID; later it stays. */
export const assignUuid: Apply<"assign-uuid"> = (draft, { uuid }) => {
	const current = draft.metadata["table-uuid"];
	if (current.toLowerCase() === uuid.toLowerCase()) return draft;
	if (!draft.isNew)
		throw invalid(`Cannot reassign uuid: ${current} to ${uuid}`);
	if (!UUID.test(uuid)) throw invalid(`Invalid UUID: ${uuid}`);
	return changed(draft, { "table-uuid": uuid });
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

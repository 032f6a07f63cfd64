import { invalid } from "../fields.ts";
import { type Apply, changed, LAST_ADDED } from "./draft.ts";

export const setDefaultSortOrder: Apply<"set-default-sort-order"> = (
	draft,
	update,
) => {
	const { metadata } = draft;
	const id =
		update["sort-order-id"] === LAST_ADDED
			? draft.lastAddedSortOrderId
			: update["sort-order-id"];
	if (id === undefined)
		throw invalid(
			"Cannot set last added sort order: no sort order has been added",
		);
	if (id === metadata["default-sort-order-id"]) return draft;
	if (!metadata["sort-orders"].some((order) => order["order-id"] === id))
		throw invalid(`Cannot set default sort order to unknown order: ${id}`);
	return changed(draft, { "default-sort-order-id": id });
};

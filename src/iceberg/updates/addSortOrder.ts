import { highest } from "../highest.ts";
import { currentSchema } from "../schema.ts";
import {
	checkSortOrderFits,
	FIRST_SORT_ORDER_ID,
	sameSortOrder,
} from "../sortOrder.ts";
import type { SortOrder } from "../types.ts";
import { type Apply, changed } from "./draft.ts";

/** An order that is there already keeps its id; 0 is that of no order. */
export const addSortOrder: Apply<"add-sort-order"> = (draft, update) => {
	const { metadata } = draft;
	const order = update["sort-order"];
	const orders = metadata["sort-orders"];
	const same = orders.find((known) => sameSortOrder(known, order));
	if (same !== undefined)
		return { ...draft, lastAddedSortOrderId: same["order-id"] };
	checkSortOrderFits(order, currentSchema(metadata));
	const id = order.fields.length === 0 ? 0 : nextOrderId(orders);
	const added: SortOrder = { ...order, "order-id": id };
	const next = changed(draft, {
		...(draft.isNew && orders.length === 0
			? { "default-sort-order-id": id }
			: {}),
		"sort-orders": [...orders, added],
	});
	return { ...next, lastAddedSortOrderId: id };
};

function nextOrderId(orders: readonly SortOrder[]): number {
	const last = highest(orders.map((order) => order["order-id"]));
	return Math.max(FIRST_SORT_ORDER_ID, last + 1);
}

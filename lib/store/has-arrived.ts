/**
 * R5: a copy of the item `i` is known to have arrived: it came back dead, was found in its target, or its consumer confirmed it.
 * Whatever of the item is in doubt is settled by it, also where it came while the item waited to be sent again.
 */
export const HAS_ARRIVED = "(i.returned_as IS NOT NULL OR i.found_at IS NOT NULL OR i.confirmed_at IS NOT NULL)";

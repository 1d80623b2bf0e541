/**
 * R5: a copy of the item `i` is known to have arrived: it came back dead, was found in its target, or its consumer confirmed it
 * (after its first attempt that may have been sent: an earlier one was taken back). Whatever of the item is in doubt is settled by it, also where it came while the item waited to be sent again.
 */
export const HAS_ARRIVED =
  "(i.returned_as IS NOT NULL OR i.found_at IS NOT NULL OR coalesce(i.confirmed_at >= i.first_intent_at, false))";

import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";

/** A list in pages as its table wants it: the rows that were read so far, and `more`, which reads the next page unless one is being read. */
export function useRows<T>(list: UseInfiniteQueryResult<InfiniteData<{ readonly items: readonly T[] }>>): {
  rows: T[];
  more: () => void;
} {
  const { data, hasNextPage, isFetching, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return { rows: data?.pages.flatMap((page) => page.items) ?? [], more };
}

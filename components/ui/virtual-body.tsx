"use client";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useLayoutEffect, useRef, useState } from "react";

interface RowProps {
  ref: Ref<HTMLTableRowElement>;
  "data-index": number;
  "aria-rowindex": number;
}

interface VirtualBodyProps<T> {
  items: readonly T[];
  keyOf: (item: T) => string | number;
  /** Height of a row before it is measured, in pixels. */
  estimate: number;
  columns: number;
  row: (item: T, props: RowProps) => ReactNode;
  /** Asked for when the last rows come near. */
  onEnd?: (() => void) | undefined;
}

/** So many rows are cheaper shown than reckoned with; also what the server renders. */
const PLAIN = 60;
const NEAR_END = 20;

/**
 * The body of a long table: only the rows near the window exist, spacer rows stand for the others. Heights are `td`
 * attributes, not styles, so the page's policy needs no exception.
 */
export function VirtualBody<T>({ items, keyOf, estimate, columns, row, onEnd }: VirtualBodyProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState<number | null>(null);
  const few = items.length <= PLAIN;
  const virtualizer = useWindowVirtualizer({
    count: few ? 0 : items.length,
    estimateSize: () => estimate,
    overscan: 10,
    scrollMargin: margin ?? 0,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
  });

  useLayoutEffect(() => {
    if (body.current) setMargin(body.current.getBoundingClientRect().top + window.scrollY);
  }, []);

  const virtual = few || margin === null ? null : virtualizer.getVirtualItems();
  const last = virtual ? (virtual.at(-1)?.index ?? 0) : items.length - 1;
  const nearEnd = items.length > 0 && (few || virtual !== null) && last >= items.length - NEAR_END;
  useEffect(() => {
    if (nearEnd && items.length > 0) onEnd?.();
  }, [nearEnd, items.length, onEnd]);

  if (!virtual) {
    return (
      <tbody ref={body} className="max-md:block">
        {items
          .slice(0, PLAIN)
          .map((item, index) => row(item, { ref: null, "data-index": index, "aria-rowindex": index + 2 }))}
      </tbody>
    );
  }
  const before = (virtual[0]?.start ?? 0) - virtualizer.options.scrollMargin;
  const after = virtualizer.getTotalSize() - ((virtual.at(-1)?.end ?? 0) - virtualizer.options.scrollMargin);
  return (
    <tbody ref={body} className="max-md:block">
      <Spacer height={before} columns={columns} />
      {virtual.map(({ index }) => {
        const item = items[index];
        return item === undefined
          ? null
          : row(item, { ref: virtualizer.measureElement, "data-index": index, "aria-rowindex": index + 2 });
      })}
      <Spacer height={after} columns={columns} />
    </tbody>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr>
      <td colSpan={columns} height={height} className="p-0" />
    </tr>
  );
}

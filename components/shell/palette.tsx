"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useId, useState } from "react";
import { cx } from "@/components/ui/cx";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { overviewQuery } from "@/lib/client/queues";
import { useMay } from "@/lib/client/session";
import { type Destination, matching, pagesFor, queueDestinations, useCauseDestinations } from "./destinations";

const SHOWN = 12;

/** Ctrl/Cmd-K: type a part of a name, choose with the arrows, go with Enter. */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Go to" bare>
      <PaletteList onClose={onClose} />
    </Dialog>
  );
}

function PaletteList({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const mayAudit = useMay("audit.read");
  const { data } = useQuery({ ...overviewQuery(), enabled: useMay("queues.read") });
  const causes = useCauseDestinations(data?.queues ?? []);
  const found = matching([...pagesFor(mayAudit), ...queueDestinations(data?.queues ?? []), ...causes], text).slice(
    0,
    SHOWN,
  );
  const active = Math.min(at, found.length - 1);

  const go = (destination: Destination | undefined) => {
    if (!destination) return;
    onClose();
    router.push(destination.href);
  };
  const keyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((active + step + found.length) % Math.max(1, found.length));
    }
    if (event.key === "Enter") go(found[active]);
  };

  return (
    <div>
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Icon name="search" className="text-faint" />
        <input
          role="combobox"
          onKeyDown={keyDown}
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[active] ? `${listId}-${active}` : undefined}
          aria-label="Queue, cause or page"
          placeholder="Queue, cause or page"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          className="min-h-12 w-full bg-transparent outline-none placeholder:text-faint"
        />
      </div>
      <div id={listId} role="listbox" aria-label="Places" className="p-1">
        {found.map((destination, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox takes the keys
          <div
            key={destination.href}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            tabIndex={-1}
            onClick={() => go(destination)}
            onPointerMove={() => setAt(index)}
            className={cx(
              "flex cursor-pointer items-baseline gap-3 rounded-md px-3 py-1.5",
              index === active && "bg-accent-wash",
            )}
          >
            <span className="w-10 shrink-0 text-xs text-faint sm:w-14">{destination.kind}</span>
            <span className="line-clamp-3 min-w-0 flex-1 break-name">{destination.label}</span>
            {destination.aside && (
              <span className="max-w-[45%] text-right text-sm break-name text-faint">{destination.aside}</span>
            )}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-4 pb-4 text-soft">Nothing is called “{text}”.</p>}
    </div>
  );
}

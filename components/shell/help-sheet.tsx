"use client";
import { useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { setSingleKeys, singleKeysOn } from "@/components/ui/keyboard";

const KEYS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["/"], does: "Go to the filter of the page" },
  { keys: ["j", "k"], does: "Next and previous row" },
  { keys: ["Enter"], does: "Open the row" },
  { keys: ["x"], does: "Select the row" },
  { keys: ["r"], does: "Plan a replay of what is selected or shown" },
  { keys: ["e"], does: "Edit the message" },
  { keys: ["Ctrl K"], does: "Go to a queue, a cause or a page" },
  { keys: ["?"], does: "This sheet" },
  { keys: ["Esc"], does: "Close what is open" },
];

export function HelpSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Keyboard"
      description="Everything on the pages can be reached by keyboard; these are the short ways."
    >
      <dl className="grid grid-cols-[7rem_1fr] gap-y-2">
        {KEYS.map(({ keys, does }) => (
          <div key={does} className="contents">
            <dt className="flex items-start gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <SingleKeysSwitch />
    </Dialog>
  );
}

function SingleKeysSwitch() {
  const [on, setOn] = useState(singleKeysOn);
  const change = (next: boolean) => {
    setOn(next);
    setSingleKeys(next);
  };
  return (
    <label className="mt-4 flex items-center gap-2 border-t border-line pt-4">
      <input type="checkbox" checked={on} onChange={(event) => change(event.target.checked)} />
      Shortcuts of a single key are on
    </label>
  );
}

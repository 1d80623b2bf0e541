import { Button } from "@/components/ui/button";
import { AGE_CLOCKS, type AgeClock } from "@/lib/domain/age";
import { CLOCK_WORDS } from "./queue-words";

/** What the ages of a page are counted from. */
export function ClockSwitch({ clock, onChange }: { clock: AgeClock; onChange: (clock: AgeClock) => void }) {
  return (
    <fieldset className="flex flex-wrap items-center gap-1">
      <legend className="sr-only">Ages are counted</legend>
      {AGE_CLOCKS.map((id) => (
        <Button
          key={id}
          small
          tone={id === clock ? "plain" : "quiet"}
          aria-pressed={id === clock}
          onClick={() => onChange(id)}
        >
          {CLOCK_WORDS[id].since}
        </Button>
      ))}
    </fieldset>
  );
}

/** The usual clock is not named in an address. */
export function clockInUrl(clock: AgeClock): AgeClock | undefined {
  return clock === "enqueued" ? undefined : clock;
}

import { Icon } from "@/components/ui/icon";
import { countText } from "@/components/ui/number-text";
import type { SearchCoverage } from "@/lib/contracts/dead-letters";

/** How much of what is there a search has looked at; nothing when it was all of it. */
export function CoverageNote({ coverage }: { coverage: SearchCoverage }) {
  const { present, pending, gaps } = coverage;
  if (pending === 0 && gaps === 0) return null;
  const parts = [
    pending > 0 &&
      `${countText(pending, "message is", "messages are")} not indexed yet and fit no condition until then`,
    gaps > 0 &&
      `${countText(gaps, "message is", "messages are")} indexed but for a part (a body too large or not readable)`,
  ].filter((part) => part !== false);
  return (
    <p role="status" className="flex items-start gap-2 border-b border-line px-4 py-2 text-sm text-soft">
      <Icon name="info" className="mt-0.5" />
      <span>
        Searched {share(present - pending - gaps, present)} of the messages here wholly; {parts.join("; ")}.
      </span>
    </p>
  );
}

/** Rounded down, so that "100 %" means all. */
function share(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${Math.floor((Math.max(0, part) / whole) * 1000) / 10} %`;
}

import { Badge } from "@/components/ui/badge";
import type { StateLook } from "./state-words";

/** A state in its word, colour and icon; the meaning on hover. */
export function StateBadge({ look, children }: { look: StateLook; children?: React.ReactNode }) {
  return (
    <Badge tone={look.tone} icon={look.icon} tip={look.means || undefined}>
      {look.word}
      {children}
    </Badge>
  );
}

import Link from "next/link";
import { Icon } from "@/components/ui/icon";
import { Ago } from "@/components/ui/time";
import type { ReplayItemRow } from "@/lib/contracts/replays";

interface DoubtfulItemProps {
  item: ReplayItemRow;
  /** Its copy carries the console's stamps, by which it could be found. */
  stamps: boolean;
  /** Undefined: may not be judged by who looks. */
  ticked: boolean | undefined;
  onTick: (on: boolean) => void;
}

/** What the page calls an item: the id of its message, or where that has none its number. */
export const nameOf = ({ messageId, key }: ReplayItemRow): string => messageId ?? `sequence number ${key}`;

/** One copy in doubt, with all that is known of it. */
export function DoubtfulItem({ item, stamps, ticked, onTick }: DoubtfulItemProps) {
  const name = nameOf(item);
  return (
    <li className="flex items-start gap-3 py-2">
      {ticked !== undefined && (
        <input
          type="checkbox"
          className="mt-1 size-4"
          checked={ticked}
          onChange={(event) => onTick(event.target.checked)}
          aria-label={`Judge ${name}`}
        />
      )}
      <div className="min-w-0 text-sm">
        <Link
          href={`/dead-letters/${item.deadLetterId}`}
          className="font-mono break-name hover:text-accent hover:underline"
        >
          {name}
        </Link>
        {item.sentMessageId !== item.messageId && (
          <span className="text-faint break-name"> sent as {item.sentMessageId ?? "a copy without an id"}</span>
        )}
        <p className="text-soft break-name">
          Attempt {item.attempt}
          {item.intentAt && (
            <>
              , begun <Ago time={item.intentAt} focusable />
            </>
          )}
          {item.error && `: ${item.error}`}
        </p>
        <Evidence item={item} stamps={stamps} />
      </div>
    </li>
  );
}

/** What is known beside the doubt itself. That a copy is not in the target proves nothing, and is said so. */
function Evidence({ item, stamps }: { item: ReplayItemRow; stamps: boolean }) {
  const { evidence, returnedAs, returnedAt, confirmedAt } = item;
  return (
    <>
      {returnedAs !== null && (
        <Shown icon="check">
          a copy came back dead as{" "}
          <Link href={`/dead-letters/${returnedAs}`} className="text-accent underline">
            this message
          </Link>
          {returnedAt !== null && (
            <>
              , <Ago time={returnedAt} focusable />
            </>
          )}
        </Shown>
      )}
      {confirmedAt !== null && (
        <Shown icon="check">
          its consumer confirmed it <Ago time={confirmedAt} focusable />
        </Shown>
      )}
      {evidence !== null && (
        <Shown icon={evidence.found ? "check" : "search"}>
          {evidence.words}, looked <Ago time={evidence.at} focusable />
        </Shown>
      )}
      {evidence === null && returnedAs === null && confirmedAt === null && (
        <p className="text-faint">
          {stamps
            ? "Nobody has looked into the target for it yet."
            : "Its copy carries no stamps: it cannot be looked for in the target."}
        </p>
      )}
    </>
  );
}

function Shown({ icon, children }: { icon: "check" | "search"; children: React.ReactNode }) {
  return (
    <p className="flex items-start gap-1.5 break-name">
      <Icon name={icon} className="mt-[3px] text-soft" />
      <span className="min-w-0">{children}</span>
    </p>
  );
}

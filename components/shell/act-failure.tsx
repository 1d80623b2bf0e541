import type { ReactNode } from "react";
import { Banner } from "@/components/ui/banner";
import { isOutcomeKnown } from "@/lib/client/http";

interface ActFailureProps {
  /** What did not happen: "It was not started". */
  title: string;
  error: Error;
  /** What else is true of an act that failed. */
  children?: ReactNode;
}

/** Says that an act failed, and why. One whose answer was lost is called neither a failure nor a success: it may have taken effect. */
export function ActFailure({ title, error, children }: ActFailureProps) {
  if (!isOutcomeKnown(error)) {
    return (
      <Banner tone="warn" live title="Whether it happened is not known">
        {error.message}
      </Banner>
    );
  }
  return (
    <Banner tone="bad" live title={title}>
      {error.message} {children}
    </Banner>
  );
}

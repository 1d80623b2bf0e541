import { fingerprintOf } from "@/lib/domain/fingerprint";
import { adjustedRandIndex } from "./adjusted-rand-index";
import type { ErrorText } from "./error-texts";

export interface GroupingJudgement {
  /** Error texts looked at. */
  readonly lines: number;
  /** Causes by the judgement of people. */
  readonly labels: number;
  /** Causes that the fingerprint made of them. */
  readonly groups: number;
  readonly adjustedRandIndex: number;
  /** Labels that came apart, with the signatures they came apart into. */
  readonly split: readonly { readonly label: string; readonly signatures: readonly string[] }[];
  /** Labels that were thrown together. */
  readonly merged: readonly (readonly string[])[];
}

/** Holds the fingerprint's grouping of error texts against the labels that people gave them. */
export function judgeGrouping(texts: readonly ErrorText[]): GroupingJudgement {
  const prints = texts.map(({ reason, description }) =>
    fingerprintOf({ reason, description, subject: null, properties: [] }),
  );
  const signaturesOfLabel = new Map<string, Map<string, string>>();
  const labelsOfPrint = new Map<string, Set<string>>();
  for (const [i, { label }] of texts.entries()) {
    const { fingerprint, signature } = prints[i] as (typeof prints)[number];
    signaturesOfLabel.set(label, (signaturesOfLabel.get(label) ?? new Map()).set(fingerprint, signature));
    labelsOfPrint.set(fingerprint, (labelsOfPrint.get(fingerprint) ?? new Set()).add(label));
  }
  return {
    lines: texts.length,
    labels: signaturesOfLabel.size,
    groups: labelsOfPrint.size,
    adjustedRandIndex: adjustedRandIndex(
      texts.map((text) => text.label),
      prints.map((print) => print.fingerprint),
    ),
    split: [...signaturesOfLabel]
      .filter(([, signatures]) => signatures.size > 1)
      .map(([label, signatures]) => ({ label, signatures: [...signatures.values()] })),
    merged: [...labelsOfPrint.values()].filter((labels) => labels.size > 1).map((labels) => [...labels]),
  };
}

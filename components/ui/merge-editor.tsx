"use client";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { type CodeLanguage, codeExtensions } from "./code-setup";

interface MergeEditorProps {
  /** What the text is compared with; a change of it begins anew with the text as it stands. */
  original: string;
  /** The text at the start; later ones come from the editor itself. */
  initial: string;
  language: CodeLanguage;
  originalLabel: string;
  label: string;
  /** Absent: a difference to read, where nothing can be typed. */
  onChange?: (text: string) => void;
}

/** Long texts show their changes and what is around them; short ones stay whole. */
function collapsing(text: string, readOnly: boolean) {
  if (readOnly) return { collapseUnchanged: { margin: 3, minSize: 4 } };
  const long = text.split("\n", LONG_LINES + 1).length > LONG_LINES;
  return long ? { collapseUnchanged: { margin: 6, minSize: 12 } } : {};
}

const LONG_LINES = 400;
const SIDE_BY_SIDE = "(min-width: 900px)";

function followWidth(changed: () => void): () => void {
  const width = window.matchMedia(SIDE_BY_SIDE);
  width.addEventListener("change", changed);
  return () => width.removeEventListener("change", changed);
}

/** An editor with its difference from the original: beside it where there is room, within the text where not. */
export default function MergeEditor({ original, initial, language, originalLabel, label, onChange }: MergeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const readOnly = onChange === undefined;
  const current = useRef(initial);
  const report = useRef(onChange);
  useEffect(() => {
    report.current = onChange;
  });

  const beside = useSyncExternalStore(followWidth, () => window.matchMedia(SIDE_BY_SIDE).matches);

  // The text at the start is read once: later ones live in the editor.
  const first = useRef(initial);
  useEffect(() => {
    if (!place.current) return;
    const parent = place.current;
    const listen = EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      current.current = update.state.sliceDoc();
      report.current?.(current.current);
    });
    const editor: Extension[] = [codeExtensions({ text: first.current, label, language, readOnly }), listen];
    if (beside) {
      const merge = new MergeView({
        parent,
        a: {
          doc: original,
          extensions: codeExtensions({ text: original, label: originalLabel, language, readOnly: true }),
        },
        b: { doc: current.current, extensions: editor },
        ...(readOnly ? {} : { revertControls: "a-to-b" as const }),
        ...collapsing(original, readOnly),
      });
      if (!readOnly) merge.b.focus();
      return () => merge.destroy();
    }
    const view = new EditorView({
      parent,
      state: EditorState.create({
        doc: current.current,
        extensions: [editor, unifiedMergeView({ original, mergeControls: false, ...collapsing(original, readOnly) })],
      }),
    });
    return () => view.destroy();
  }, [original, language, originalLabel, label, beside, readOnly]);

  return <div ref={place} className="min-h-40 overflow-hidden" />;
}

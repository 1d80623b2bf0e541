"use client";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { type CodeLanguage, codeExtensions } from "./code-setup";

/** A long text scrolls in its own frame: what stands below it on the page stays in reach. */
const frame = EditorView.theme({ "&": { maxHeight: "70vh" }, ".cm-scroller": { overflow: "auto" } });

/** Text to read: line numbers, folding, search by Ctrl-F. Load it lazily, it is large. */
export default function CodeView({ text, language, label }: { text: string; language: CodeLanguage; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [codeExtensions({ text, label, language, readOnly: true }), frame],
      }),
    });
    return () => view.destroy();
  }, [text, language, label]);
  return <div ref={place} className="min-h-24 overflow-hidden" />;
}

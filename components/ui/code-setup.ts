import { json } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { pageNonce } from "./nonce";

export type CodeLanguage = "json" | "text";

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--color-surface)", color: "var(--color-ink)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--color-accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--color-ink)" },
  ".cm-cursor": { borderLeftColor: "var(--color-ink)" },
  ".cm-gutters": {
    backgroundColor: "var(--color-sunken)",
    color: "var(--color-faint)",
    borderRight: "1px solid var(--color-line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--color-hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "light-dark(#cfe0f8, #274a7a)",
  },
  ".cm-panels": { backgroundColor: "var(--color-raised)", color: "var(--color-ink)", borderColor: "var(--color-line)" },
  ".cm-panel input, .cm-panel button": {
    color: "inherit",
    backgroundColor: "var(--color-surface)",
    backgroundImage: "none",
    border: "1px solid var(--color-edge)",
  },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--color-sunken)",
    borderColor: "var(--color-line)",
    color: "var(--color-soft)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--color-accent-wash)", outline: "1px solid var(--color-accent)" },
  ".cm-changedLine, .cm-inlineChangedLine": { backgroundColor: "var(--color-accent-wash)" },
  ".cm-deletedChunk, &.cm-merge-a .cm-changedLine": { backgroundColor: "var(--color-bad-wash)" },
  "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--color-ok-wash)" },
  "&.cm-merge-a .cm-changedText": {
    background: "none",
    textDecoration: "underline",
    textDecorationColor: "var(--color-bad)",
    textDecorationThickness: "2px",
  },
  "&.cm-merge-b .cm-changedText": {
    background: "none",
    textDecoration: "underline",
    textDecorationColor: "var(--color-ok)",
    textDecorationThickness: "2px",
  },
  ".cm-collapsedLines": { background: "var(--color-sunken)", color: "var(--color-soft)" },
  // The sign around it is in few fonts.
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "none" },
});

const highlight = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--color-accent)" },
  { tag: tags.string, color: "light-dark(#6b3a00, #e0b98a)" },
  { tag: tags.number, color: "light-dark(#0d6450, #7fd3bd)" },
  { tag: [tags.bool, tags.null], color: "light-dark(#7a2f8f, #d9a4ea)" },
  { tag: tags.invalid, color: "var(--color-bad)" },
]);

/**
 * The separator that gives the text back as it was: the editor splits at every kind of line end otherwise, and would
 * make one kind of them all.
 */
function lineSeparator(text: string): Extension[] {
  if (!text.includes("\r")) return [];
  const uniform = !/\r(?!\n)|(?<!\r)\n/.test(text);
  return [EditorState.lineSeparator.of(uniform ? "\r\n" : "\n")];
}

/** What every code view of the pages shares. The text is only ever text: nothing of it becomes markup. */
export function codeExtensions(options: {
  text: string;
  label: string;
  language: CodeLanguage;
  readOnly: boolean;
}): Extension[] {
  return [
    basicSetup,
    lineSeparator(options.text),
    theme,
    syntaxHighlighting(highlight),
    EditorView.lineWrapping,
    EditorView.cspNonce.of(pageNonce()),
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      // Editable content takes the focus anyway; this says so to tools that look for it in what scrolls.
      tabindex: "0",
      ...(options.readOnly ? { "aria-readonly": "true" } : {}),
    }),
    ...(options.language === "json" ? [json()] : []),
    ...(options.readOnly ? [EditorState.readOnly.of(true)] : []),
  ];
}

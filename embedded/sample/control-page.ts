import { createHash } from "node:crypto";

export interface ConsumerView {
  readonly name: string;
  readonly entity: string;
  readonly does: string;
  readonly fix: string | null;
  readonly fixed: boolean;
  readonly faults: readonly { readonly reason: string; readonly what: string; readonly cure: string }[];
  readonly completed: number;
  readonly deadLettered: number;
  readonly notSettled: number;
  readonly lastFailure: string | null;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; }
h2 { margin: 0; font-size: 1.1rem; }
section { border: 1px solid; border-color: color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; padding: 1rem; margin: 1rem 0; }
p, ul { margin: .4rem 0; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
button { font: inherit; padding: .4rem .9rem; border: 1px solid currentColor; border-radius: 4px; background: Canvas; color: CanvasText; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
[role=status] { padding: .6rem 1rem; border-left: 4px solid; }
.state { font-weight: 600; }
`;

/** The Content-Security-Policy that the page is served with: its one style, its own forms, nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** The sample's page: who consumes what, what is wrong with them, and a button for each fix. */
export function renderPage(consumers: readonly ConsumerView[], told: string | null): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sample consumers</title><style>${STYLE}</style></head>
<body>
<main>
<h1>Sample consumers</h1>
<p>They receive from the embedded broker and fail for the reasons below. Deploy a fix, then replay the dead letters of its causes from the console.</p>
${told === null ? "" : `<p role="status">${escapeHtml(told)}</p>`}
${consumers.map(renderConsumer).join("\n")}
</main>
</body>
</html>
`;
}

function renderConsumer(consumer: ConsumerView): string {
  const faults = consumer.faults
    .map(
      (fault) =>
        `<li><code>${escapeHtml(fault.reason)}</code>: ${escapeHtml(fault.what)} Cure: ${escapeHtml(fault.cure)}.</li>`,
    )
    .join("");
  const act = consumer.fixed ? "break-again" : "deploy-fix";
  const label = consumer.fixed ? "Take the fix back" : "Deploy the fix";
  const button =
    consumer.fix === null
      ? "<p>There is nothing to deploy.</p>"
      : `<p><strong>The fix:</strong> ${escapeHtml(consumer.fix)}</p>
<form method="post" action="/consumers/${encodeURIComponent(consumer.name)}/${act}"><button>${label}<span> for ${escapeHtml(consumer.name)}</span></button></form>`;
  return `<section aria-labelledby="${consumer.name}">
<h2 id="${consumer.name}">${escapeHtml(consumer.name)}</h2>
<p>${escapeHtml(consumer.does)} Receives from <code>${escapeHtml(consumer.entity)}</code>.</p>
<p><span class="state">${stateOf(consumer)}</span> Since this start: ${consumer.completed} completed, ${consumer.deadLettered} dead-lettered, ${consumer.notSettled} given back.</p>
${faults === "" ? "<p>No known faults.</p>" : `<ul>${faults}</ul>`}
${consumer.lastFailure === null ? "" : `<p>Last failure: <code>${escapeHtml(consumer.lastFailure)}</code></p>`}
${button}
</section>`;
}

function stateOf(consumer: ConsumerView): string {
  if (consumer.fix === null) return "Runs as it is.";
  return consumer.fixed ? "The fix is deployed." : "Runs with its faults.";
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

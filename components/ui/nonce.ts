/**
 * The nonce of this page's Content-Security-Policy. Browsers hide the attribute from markup, but scripts of the page
 * may read the property; libraries that add a style element need it.
 */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}

/** Hands the nonce to get-nonce, which the dialog's scroll lock asks. */
export function publishNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: pageNonce() });
}

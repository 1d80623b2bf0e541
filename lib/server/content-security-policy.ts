/**
 * The policy of every page. Scripts run only with this answer's nonce, or loaded by one that has it; nothing inline,
 * no eval (React's development build needs eval for its stack traces). Style elements need the nonce too. Style
 * *attributes* are allowed: React writes them into server-rendered markup for measured heights and bar widths, no nonce
 * can be put on an attribute, and markup from payloads never reaches the page as markup.
 */
export function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === "development";
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    "script-src-attr 'none'",
    `style-src 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

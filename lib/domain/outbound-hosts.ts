/** Which addresses of other people's hosts the console may call: those that the configuration names, and no others. */

/** Why the address may not be called, in words; null: it may. Names stand in the list as "host" or "host:port". */
export function refuseOutbound(address: string, allowedHosts: readonly string[]): string | null {
  if (!URL.canParse(address)) return "it is no address";
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "it does not begin with https:// or http://";
  if (url.username !== "" || url.password !== "") return "it holds a name or a password";
  // `host` leaves the scheme's own port out, as the list does.
  if (allowedHosts.some((allowed) => allowed.toLowerCase() === url.host)) return null;
  return `${url.host} is not among the hosts that the configuration lets the console call (outbound.allowedHosts)`;
}

/**
 * True for an address that is never called, whatever name leads to it: link-local ones, where clouds answer with credentials
 * of the machine, multicast, and those that are no host's. Loopback only under a name that says so. Private networks are
 * where consumers live: the list of hosts decides over those.
 */
export function isForbiddenAddress(ip: string, host: string): boolean {
  const text = ip.toLowerCase();
  const v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.\d+\.\d+$/.exec(text);
  if (v4 !== null) {
    const [first, second] = [Number(v4[1]), Number(v4[2])];
    if (first === 127) return !isLoopbackName(host);
    return first === 0 || first >= 224 || (first === 169 && second === 254);
  }
  if (text === "::1") return !isLoopbackName(host);
  return (
    text === "::" ||
    /^fe[89ab]/.test(text) ||
    text.startsWith("ff") ||
    text === "fd00:ec2::254" ||
    text.startsWith("::ffff:")
  );
}

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

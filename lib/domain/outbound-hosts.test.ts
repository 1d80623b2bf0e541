import { expect, it } from "vitest";
import { isForbiddenAddress, refuseOutbound } from "./outbound-hosts";

const allowed = ["orders.internal", "Billing.example.org:8443", "127.0.0.1:9000"];

it.each([
  ["https://orders.internal/health", null],
  ["http://ORDERS.internal/health?deep=1", null],
  ["https://orders.internal:443/", null],
  ["https://billing.example.org:8443/", null],
  ["http://127.0.0.1:9000/", null],
  ["https://orders.internal:8443/", "not among"],
  ["https://billing.example.org/", "not among"],
  ["https://orders.internal.evil.org/", "not among"],
  ["https://user:secret@orders.internal/", "password"],
  ["https://orders.internal@evil.org/", "password"],
  ["file:///etc/passwd", "https://"],
  ["not an address", "no address"],
])("lets the console call hosts of its list alone: %s", (address, words) => {
  const refused = refuseOutbound(address, allowed);
  if (words === null) expect(refused).toBeNull();
  else expect(refused).toContain(words);
});

it.each([
  ["169.254.169.254", "orders.internal", true],
  ["::ffff:169.254.169.254", "orders.internal", true],
  ["fe80::1", "orders.internal", true],
  ["fd00:ec2::254", "orders.internal", true],
  ["0.0.0.0", "orders.internal", true],
  ["::", "orders.internal", true],
  ["224.0.0.1", "orders.internal", true],
  ["127.0.0.1", "orders.internal", true],
  ["::1", "orders.internal", true],
  ["::ffff:7f00:1", "orders.internal", true],
  ["127.0.0.1", "127.0.0.1", false],
  ["::1", "localhost", false],
  ["10.1.2.3", "orders.internal", false],
  ["192.168.1.1", "orders.internal", false],
  ["fd12:3456::1", "orders.internal", false],
  ["203.0.113.9", "orders.internal", false],
])("never calls %s for %s: %s", (ip, host, forbidden) => {
  expect(isForbiddenAddress(ip, host)).toBe(forbidden);
});

/** What sort of defect a cause is: it decides what helps. */
export const CAUSE_KINDS = ["transient", "data", "code", "unknown"] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/**
 * Words that give a kind away, looked for in this order: a text that names an outage and a bad value is about the outage, and a
 * programmer's exception over a bad value is about the value.
 */
const TRANSIENT = [
  /time[d-]? ?-?out|timeout/i,
  /unavailable|unreachable|throttl|too many requests|rate (limit )?exceeded|server ?busy|overload/i,
  /connection (was )?(refused|reset|closed|aborted|lost)|econn(refused|reset|aborted)|etimedout|eai_again|socket hang up|broken pipe|link failure/i,
  /no such host|name or service not known|enotfound|unknownhost|network[- ]related/i,
  /deadlock|lock wait|could not serialize|serialization failure|concurren(t update|cy)|updated or deleted by another/i,
  /\b(429|502|503|504)\b|bad gateway|circuit ?breaker|is open and does not permit/i,
  /lock (was )?(lost|expired)|the lock supplied is invalid|messagelocklost|sessionlocklost/i,
  /connection slots|connection pool|no space left|quota ?exceeded|server selection|not enough (memory|space)|task was canceled/i,
  /ttlexpired|message expired|certificate has expired|token (has )?expired/i,
];
const DATA = [
  /validation|invalid (input|value|start|date|json|format|email|iban|character|character|enum|argument value)|malformed|not valid json|unexpected (token|end|character)/i,
  /could not be (converted|parsed)|cannot deserialize|deserializ|unrecognized field|missing required|required propert|must have|must be (a |an )?\w+|schema/i,
  /not in a correct format|numberformat|dateparse|datetimeparse|formatexception|for input string/i,
  /duplicate (key|entry)|violates|constraint|foreign key|truncated|cannot insert the value null|value too long|already (exists|booked)/i,
  /does ?n[o']t exist|not found|unknown \w+|no \w+ with|not known|mismatch|differs|missing|exceeds the limit|headersize|messagesize/i,
  /insufficient|declined|out ?of ?stock|credit ?limit|postal code|check digit|do not deliver|is empty|session ?id is null/i,
];
const CODE = [
  /nullreference|nullpointer|object reference not set|cannot invoke|cannot read (propert|field)|undefined|is not a function/i,
  /unable to cast|cannot be cast|classcast|invalidcast|typeerror|attributeerror/i,
  /index ?out ?of ?(bounds|range)|argument ?out ?of ?range|sequence contains|nosuchelement|no value present|stackoverflow/i,
  /notimplemented|notsupported|no handlers?|cannot access a disposed|outofmemory|overflow|no enum constant|key .* was not present/i,
  /filterexception|rule evaluation|transferhopcount|unauthori[sz]ed|accessdenied|not authorized|forbidden|\b(401|403)\b/i,
];

/**
 * The kind of a cause, guessed from its reason and the words of its signature; "unknown" when they give nothing away.
 * A reason that only counts deliveries says nothing of why they failed.
 */
export function guessKind(cause: { readonly reason: string; readonly signature: string }): CauseKind {
  const texts = [
    cause.signature,
    cause.reason.replace(/[-_.]/g, " ").replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2"),
    cause.reason,
  ];
  for (const text of texts) {
    if (TRANSIENT.some((words) => words.test(text))) return "transient";
    if (CODE.some((words) => words.test(text))) return "code";
    if (DATA.some((words) => words.test(text))) return "data";
  }
  return "unknown";
}

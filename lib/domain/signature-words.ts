/** What one word of a description stands for: itself, or a value that differs from message to message. */

const PLACEHOLDER = /^<[a-z]+>$/;
const GUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const URL = /^[a-z][a-z0-9+.-]{1,30}:\/\/\S/i;
const EMAIL = /^[\w.+%-]{1,64}@[\w-]{1,64}(\.[\w-]{1,64}){1,8}$/;
const DATE = /^\d{4}[-/]\d{1,2}[-/]\d{1,2}(T.*)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$/;
const CLOCK = /^(\d{1,8}\.)?\d{1,3}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;
const ISO_DURATION = /^P(?=[\dT])(\d{1,9}[YMWD]){0,4}(T(\d{1,9}([.]\d{1,9})?[HMS]){1,3})?$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}(:\d{1,5}|\/\d{1,2})?$/;
const IPV6 = /^(?=.*:.*:)[0-9a-f:.%]{3,60}$/i;
const HOST_AND_PORT = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*:\d{2,5}$/i;
const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i;
const TOP_LEVELS = new Set(
  (
    "com net org io dev local localdomain internal cloud lan corp home test example invalid app co uk de eu us fr nl ch info biz" +
    " localhost svc svcs int intra arpa"
  ).split(" "),
);
const PATH = /^(\/[\w.$~@%-]|data\/[\w.$~@%-]|\.{1,2}[\\/]|~\/|[a-z]:[\\/]|\\\\|\$\.|\$\[)/i;
const NUMBER = /^[+-]?[$€£#]?\d[\d.,_' ]*(e[+-]?\d{1,4})?%?$/i;
const QUANTITY =
  /^[+-]?\d[\d.,_]*-?(ns|us|µs|ms|msec|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|b|bytes?|[kmgt]i?b|%|x|px|st|nd|rd|th|cpu)$/i;
const VERSION = /^v?\d{1,9}(\.\d{1,9}){1,5}([-+][\w.-]{1,40})?$|^v\d{1,4}$/i;
const HRESULT = /^0x[8c][0-9a-f]{7}$/i;
const HEX = /^(0x[0-9a-f]+|(?=[a-f]*\d)[0-9a-f]{8,})$/i;
/** Names of things at Amazon carry account, region and the thing. */
const ARN = /^arn:aws[\w-]*:\S+$/;
/** A place in a document: "Lines[3].Price". */
const INDEXED_PATH = /^[\w.$]*[\w$]\[\d{1,9}\](\.[\w$[\].]+)?$/;
const TOKEN_OF_JWT = /^eyJ[\w-]{6,}/;

/** Error codes of well-known makers: they tell causes apart, and must not be taken for ids. */
const ERROR_CODE =
  /^(ORA|PLS|TNS|AADSTS|SQL|SQLSTATE|MSB|CS|TS|NU|NETSDK|EF|IDX|IDW|MSAL|ERR|DB2|AMQ|AMQP|HHH|SRVE|WFLY|CWWK|JBAS|ARJUNA|HV|TF|SEC|BC|CA|RZ|MY|PG|RDS|CLI|WS|HTTP)[-_]?\d{3,7}[A-Z]?$|^E\d{4,5}$|^P[1-6]\d{3}$|^CVE-\d{4}-\d+$/;

/** Technical words that happen to hold digits. */
const TECHNICAL =
  /^(u?int(8|16|32|64|128)|float(32|64)|double64|utf-?(8|16|32)(le|be)?|sha-?(1|224|256|384|512)|md5|crc(16|32)|base(16|32|58|64)|http(\/)?[123](\.[01])?|https?2|ipv[46]|oauth2?(\.0)?|oauth1|s3|ec2|x\.?509|tlsv?1?(\.[0-3])?|sslv[23]|h2|k8s|log4j2?|slf4j|db2|neo4j|p12|pkcs\d{1,2}|rs(256|384|512)|hs(256|384|512)|es(256|384)|aes-?\d{0,3}|rc4|amqp-?(0|1)?(\.\d)?|iso-?8859-?\d*|iso-?8601|rfc-?\d{3,4}|latin1|win32|x86|x64|amd64|arm64|cosmosdb2|level[123]|l[12]|2xx|3xx|4xx|5xx|4k|mp3|mp4|h264|web3|gpt-?\d|ps1|f5|log2|layer[47])$/i;

/** After these words a number is a code, which tells causes apart: "status code 404", "HTTP 503", "SQL error 1205". */
const BEFORE_CODE =
  /^(http|https|status|statuscode|code|errorcode|errcode|errno|error|sqlstate|hresult|response|returned|reply-code|state)$/i;

/** After these words a name is a value: "queue orders-eu", "type Acme.OrderPlaced", "column CustomerId". */
const BEFORE_NAME = new Set(
  (
    "account actor application argument assembly attribute bean blob bucket cache class client cluster collection column command component" +
    " connection constant constraint consumer container contract customer database dataset dependency destination directory domain element endpoint" +
    " entity enum env environment event exchange executor feature field file folder from function group handler header host hostname identifier" +
    " index instance interface item job key keyspace label lock member merchant message method model module name named namespace node object" +
    " operation order owner package parameter param partition path pipeline plugin pod policy principal processor producer product profile" +
    " project property provider queue region relation repository resource role route rule schema scope script section seller sender server service" +
    " session shard site source sproc store stream subject subscriber subscription subsystem supplier symbol table tag target task template tenant thread" +
    " token topic trigger type user username validator value variable vendor vhost view volume warehouse worker workflow zone"
  ).split(" "),
);

/** After these words a key in small letters is a value: "no handler for code_scanning_alert.fixed", "unknown order.created". */
const BEFORE_KEY =
  /^(for|of|from|to|on|by|with|into|unknown|unsupported|unexpected|unrecognized|unhandled|named|called)$/;
const KEY = /^[a-z][a-z0-9]*([._-][a-z0-9]+)+$/;
/** After these words nearly any word is a name, unless the sentence goes on: "tenant globex", not "tenant was not found". */
const BEFORE_PROPER_NAME = /^(tenant|merchant|namespace|username|hostname|bucket|seller|supplier|vendor)$/;
const SENTENCE_GOES_ON = new Set(
  (
    "is are was were be been has have had does do did can cannot could may might must shall should will would not no never and or but for from in" +
    " into of on to at by with without as than that which who the a an this already also only id ids key name code type data list record" +
    " account configuration error failed missing found unknown invalid required disabled suspended exists expired"
  ).split(" "),
);
/** Node.js puts the host behind these, whatever it looks like. */
const BEFORE_HOST = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)$/;
/** ISO 4217 codes, with the punctuation that may follow one. */
export const CURRENCY =
  /^(AED|ARS|AUD|BGN|BHD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|KWD|MAD|MXN|MYR|NGN|NOK|NZD|OMR|PEN|PHP|PLN|QAR|RON|RSD|RUB|SAR|SEK|SGD|THB|TND|TRY|TWD|UAH|USD|VND|ZAR)[.,;:)]*$/;
/** "from USD to EUR": the currencies of a conversion are values. */
const BEFORE_CURRENCY = /^(from|to|into|in|and)$/;
const BEFORE_REGION = /^(country|currency|locale|language|market|region|culture)$/;

export interface WordContext {
  /** The word before, as it came, without punctuation. */
  readonly previous: string;
}

/** A placeholder in angle brackets for a value, the word itself for text. */
export function classifyWord(word: string, context: WordContext): string {
  if (PLACEHOLDER.test(word)) return word;
  if (URL.test(word)) return "<url>";
  if (EMAIL.test(word)) return "<email>";
  if (TOKEN_OF_JWT.test(word)) return "<id>";
  if (ARN.test(word)) return "<name>";
  if (INDEXED_PATH.test(word)) return "<path>";
  const digits = /\d/.test(word);
  if (digits) {
    const value = classifyWithDigits(word, context);
    if (value !== null) return value;
  }
  if (PATH.test(word) || slashes(word) >= 2) return "<path>";
  if (isHost(word)) return "<host>";
  const previous = context.previous.toLowerCase();
  if (BEFORE_NAME.has(previous) && isName(word, context.previous)) return "<name>";
  if (BEFORE_KEY.test(previous) && KEY.test(word) && /[._]/.test(word)) return "<name>";
  if (BEFORE_PROPER_NAME.test(previous) && /^[a-z][a-z-]*$/.test(word) && !SENTENCE_GOES_ON.has(word)) return "<name>";
  if (BEFORE_HOST.test(context.previous)) return "<host>";
  if (BEFORE_CURRENCY.test(previous) && CURRENCY.test(word)) return "<name>";
  if (BEFORE_REGION.test(previous) && /^[A-Z]{2,3}$/.test(word)) return "<name>";
  return word.replace(ARITY, "");
}

function classifyWithDigits(word: string, { previous }: WordContext): string | null {
  if (GUID.test(word)) return "<id>";
  if (DATE.test(word) || CLOCK.test(word) || ISO_DURATION.test(word)) return "<time>";
  if (IPV4.test(word) || (IPV6.test(word) && /\d/.test(word))) return "<host>";
  if (ERROR_CODE.test(word) || TECHNICAL.test(word) || HRESULT.test(word)) return word;
  if (/^-?\d{1,6}$/.test(word) && BEFORE_CODE.test(previous)) return word;
  if (NUMBER.test(word) || QUANTITY.test(word) || VERSION.test(word)) return "<n>";
  if (HEX.test(word)) return "<id>";
  if (PATH.test(word) || slashes(word) >= 2) return "<path>";
  if (HOST_AND_PORT.test(word) || isHost(word)) return "<host>";
  if (/^[\w$.-]+@[0-9a-f]{4,16}$/i.test(word)) return `${word.slice(0, word.lastIndexOf("@"))}@<id>`;
  return isIdentifierWithDigits(word) ? null : "<id>";
}

/** "Http2Connection", "java.util.Base64$Decoder", "Dictionary`2": names of code, in which letters follow the digits or only an arity does. */
function isIdentifierWithDigits(word: string): boolean {
  const segments = word.replace(ARITY, "").split(/[.$+]/);
  const dotted = segments.length > 1;
  return segments.every(
    (segment) =>
      /^[A-Za-z_]*$/.test(segment) ||
      TECHNICAL.test(segment) ||
      /^[A-Za-z_]*[a-z](\d{1,4}[A-Z][A-Za-z_]+)+$/.test(segment) ||
      (dotted && /^[A-Z][A-Za-z]*\d{1,2}$/.test(segment)),
  );
}

/** Generic types of .NET carry the number of their parameters. */
const ARITY = /`\d{1,2}/g;

function isHost(word: string): boolean {
  if (/^localhost$/i.test(word)) return true;
  if (!HOST_NAME.test(word) || word.length > 253) return false;
  return TOP_LEVELS.has(word.slice(word.lastIndexOf(".") + 1).toLowerCase()) && word === word.toLowerCase();
}

/** Looks like a name of something rather than like a word of a sentence. */
function isName(word: string, previous: string): boolean {
  if (word.length < 2 || /(Exception|Error|Fault)$/.test(word)) return false;
  if (/^\w*_\w*$/.test(word)) return true;
  if (/^[A-Za-z][\w$]*([.$_/:-][\w$]+)+$/.test(word)) return !ENGLISH_COMPOUND.test(word);
  if (/[a-z][A-Z]/.test(word)) return true;
  // A capital after a small word: "entity Order", not the title "Service Unavailable".
  return /^[A-Z][a-z]+$/.test(word) && /^[a-z]/.test(previous);
}

const ENGLISH_COMPOUND =
  /^(non|pre|post|re|un|self|out|in|on|off|up|end|dead|read|write|time|well|mal|multi|single|double|null|not|already|up-to|built|fail|roll|run|so)-/i;

function slashes(word: string): number {
  let count = 0;
  for (const character of word) if (character === "/" || character === "\\") count++;
  return count;
}

/** The shops on the platform: what their orders look like when nothing is wrong. */
export interface Tenant {
  readonly name: string;
  readonly currency: string;
  readonly country: string;
  readonly phonePrefix: string;
  readonly places: readonly [Place, ...Place[]];
  readonly people: readonly [string, ...string[]];
}

export interface Place {
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
  readonly street: string;
}

const place = (city: string, region: string, postalCode: string, street: string): Place => ({
  city,
  region,
  postalCode,
  street,
});

export const TENANTS = {
  northwind: {
    name: "northwind-outdoor",
    currency: "EUR",
    country: "DE",
    phonePrefix: "+49",
    places: [
      place("München", "Bayern", "80331", "Sendlinger Straße"),
      place("Köln", "Nordrhein-Westfalen", "50667", "Hohe Straße"),
    ],
    people: ["Jürgen Weiß", "Anna-Lena Schröder", "Mehmet Yılmaz"],
  },
  lumen: {
    name: "lumen-books",
    currency: "GBP",
    country: "GB",
    phonePrefix: "+44",
    places: [
      place("Leeds", "West Yorkshire", "LS1 6AE", "Park Row"),
      place("Bristol", "Somerset", "BS1 4DJ", "Corn Street"),
    ],
    people: ["Siobhán O'Neill", "Oliver Marsh", "Priya Raman"],
  },
  atelier: {
    name: "atelier-rive",
    currency: "EUR",
    country: "FR",
    phonePrefix: "+33",
    places: [
      place("Lyon", "Auvergne-Rhône-Alpes", "69002", "Rue Mercière"),
      place("Nantes", "Pays de la Loire", "44000", "Rue Crébillon"),
    ],
    people: ["Éloïse d'Aubigné", "Marc Lefèvre"],
  },
  puget: {
    name: "puget-bikes",
    currency: "USD",
    country: "US",
    phonePrefix: "+1",
    places: [
      place("Seattle", "Washington", "98101", "Pike Street"),
      place("Portland", "Oregon", "97204", "SW Alder Street"),
    ],
    people: ["Dana Whitfield", "José Ortega", "Kim <Kimmy> Tran"],
  },
  fjord: {
    name: "fjord-audio",
    currency: "NOK",
    country: "NO",
    phonePrefix: "+47",
    places: [place("Bergen", "Vestland", "5003", "Strandgaten"), place("Oslo", "Oslo", "0151", "Kirkegata")],
    people: ["Åse Bjørnstad", "Håkon Lie"],
  },
  kitsune: {
    name: "kitsune-toys",
    currency: "JPY",
    country: "JP",
    phonePrefix: "+81",
    places: [place("京都市", "京都府", "600-8216", "東塩小路町"), place("札幌市", "北海道", "060-0001", "北一条西")],
    people: ["佐藤 美咲", "田中 翔"],
  },
  souq: {
    name: "souq-al-bahr",
    currency: "KWD",
    country: "KW",
    phonePrefix: "+965",
    places: [place("Kuwait City", "Al Asimah", "13001", "Mubarak Al-Kabeer Street")],
    people: ["نورة العتيبي", "Khalid Al-Sabah"],
  },
  merlion: {
    name: "merlion-mart",
    currency: "SGD",
    country: "SG",
    phonePrefix: "+65",
    places: [
      place("Singapore", "Central", "048619", "Raffles Place"),
      place("Singapore", "East", "529510", "Tampines Street 81"),
    ],
    people: ["Tan Wei Ling", "Ravi Chandran"],
  },
  helvetia: {
    name: "helvetia-tools",
    currency: "CHF",
    country: "CH",
    phonePrefix: "+41",
    places: [place("Zürich", "Zürich", "8001", "Bahnhofstrasse"), place("Genève", "Genève", "1204", "Rue du Rhône")],
    people: ["Beat Rüegg", "Chantal Favre"],
  },
  bluefin: {
    name: "bluefin-market",
    currency: "EUR",
    country: "ES",
    phonePrefix: "+34",
    places: [place("Vigo", "Galicia", "36202", "Rúa de Areal"), place("Cádiz", "Andalucía", "11005", "Calle Ancha")],
    people: ["Íñigo Peña", "Carmen Núñez"],
  },
} as const satisfies Record<string, Tenant>;

export type TenantKey = keyof typeof TENANTS;

/** Tenants whose orders fail nowhere while nothing special is asked for. */
export const HEALTHY_TENANTS = [
  "northwind",
  "lumen",
  "atelier",
  "puget",
  "fjord",
  "bluefin",
] as const satisfies readonly TenantKey[];

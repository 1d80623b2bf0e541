/** What keeps a text from being a filter: in words, with the stretch that it is about (offsets in UTF-16 units). */
export interface FilterError {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/** Thrown inside the reader only; `parseFilter` hands it out as a value. */
export class FilterSyntaxError extends Error {
  override readonly name = "FilterSyntaxError";
  readonly from: number;
  readonly to: number;

  constructor(message: string, from: number, to: number) {
    super(message);
    this.from = from;
    this.to = to;
  }
}

type NumericArray = Uint16Array | Uint32Array | Float64Array;
type Allocate = new (length: number) => NumericArray;

const FIRST_CAPACITY = 1024;

/** A growing list of numbers in a typed array: 2, 4 or 8 bytes each, whatever the number of rows. */
export class Column {
  #values: NumericArray;
  #length = 0;
  readonly #type: Allocate;

  /** Makes an empty column whose values a `type` can hold. */
  constructor(type: Allocate) {
    this.#type = type;
    this.#values = new type(FIRST_CAPACITY);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length++] = value;
  }

  /** Returns the value in `row`, which must exist. */
  at(row: number): number {
    return this.#values[row] ?? NaN;
  }

  /** Replaces the value in `row`, which must exist. */
  set(row: number, value: number): void {
    this.#values[row] = value;
  }

  #grow(): void {
    const grown = new this.#type(this.#values.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }
}

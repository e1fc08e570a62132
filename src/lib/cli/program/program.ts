/** The program as it was installed. */
export interface Program {
  /** directory of the package */
  readonly root: string;
  readonly version: string;
}

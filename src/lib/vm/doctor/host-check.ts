/** One thing that microVMs need or can use. */
export interface HostCheck {
  /** what it is, in a few words */
  readonly name: string;
  /** `missing` is what makes something impossible that the host could do otherwise */
  readonly status: 'present' | 'missing';
  /** where or what it is, or what is wrong */
  readonly found: string;
  /** what it is for */
  readonly purpose: string;
  /** the command that brings it; null where it is there, or no command can */
  readonly fix: string | null;
}

/** Returns a check of a file, which is there when `path` is given. */
export function fileCheck(
  name: string,
  path: string | undefined,
  otherwise: { readonly missing: string; readonly purpose: string; readonly fix: string | null },
): HostCheck {
  const { missing, purpose, fix } = otherwise;
  if (path === undefined) return { name, status: 'missing', found: missing, purpose, fix };
  return { name, status: 'present', found: path, purpose, fix: null };
}

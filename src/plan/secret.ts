/** Where a secret is kept. The plan holds the reference; the value is read when it is needed and goes to the one process that needs it. */
export type SecretRef =
  /** A variable of our own environment. */
  | { readonly kind: 'env'; readonly name: string }
  /** The contents of a file, one final line break removed. */
  | { readonly kind: 'file'; readonly path: string }
  /** A systemd credential of our unit: the file of that name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5)). */
  | { readonly kind: 'credential'; readonly name: string }

/** Reads a secret. Rejects with what is missing and where; never with the value. */
export type ResolveSecret = (ref: SecretRef) => Promise<string>

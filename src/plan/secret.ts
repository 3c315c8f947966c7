/** Where a secret is kept. The plan holds the reference; the value is read when it is needed and goes to the one process that needs it. */
export type SecretRef =
  /** A variable of our own environment. */
  | { readonly kind: 'env'; readonly name: string }
  /** The contents of a file, one final line break removed. */
  | { readonly kind: 'file'; readonly path: string }
  /** A systemd credential of our unit: the file of that name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5)). */
  | { readonly kind: 'credential'; readonly name: string }

/** A text that secrets are parts of: `postgresql://me:SECRET@host/db`. */
export interface JoinedSecret {
  readonly kind: 'joined'
  readonly parts: readonly (string | SecretRef)[]
}

/** Reads a secret. Rejects with what is missing and where; never with the value. */
export type ResolveSecret = (ref: SecretRef) => Promise<string>

/** A secret as it must be written inside a file that a program reads. */
export interface QuotedSecret {
  readonly kind: 'quoted'
  readonly secret: SecretRef
  readonly style: SecretStyle
}

/** `pgpass`: a field of PostgreSQL's password file (libpq, "The Password File"). `option-file`: a value in double quotes of an option file of MariaDB or MySQL. */
export type SecretStyle = 'pgpass' | 'option-file'

/** The text with whatever would end it early escaped. */
export function quoteSecret(text: string, style: SecretStyle): string {
  return text.replaceAll(style === 'pgpass' ? /[\\:]/gu : /[\\"]/gu, '\\$&')
}

/** The location of a secret. The plan contains the reference; the value is read when it is needed and passed to the single process that needs it. */
export type SecretRef =
  /** A variable of Holdfast's environment. */
  | { readonly kind: 'env'; readonly name: string }
  /** The contents of a file, without a final line break. */
  | { readonly kind: 'file'; readonly path: string }
  /** A systemd credential of the unit: the file of that name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5)). */
  | { readonly kind: 'credential'; readonly name: string }

/** A text that contains secrets: `postgresql://me:SECRET@host/db`. */
export interface JoinedSecret {
  readonly kind: 'joined'
  readonly parts: readonly (string | SecretRef)[]
}

/** Reads a secret. Rejects with the missing item and its location; never with the value. */
export type ResolveSecret = (ref: SecretRef) => Promise<string>

/** A secret in the form required inside a file that a program reads. */
export interface QuotedSecret {
  readonly kind: 'quoted'
  readonly secret: SecretRef
  readonly style: SecretStyle
}

/** `pgpass`: a field of PostgreSQL's password file (libpq, "The Password File"). `option-file`: a value in double quotes of an option file of MariaDB or MySQL. */
export type SecretStyle = 'pgpass' | 'option-file'

/** The text with all characters escaped that would end it. */
export function quoteSecret(text: string, style: SecretStyle): string {
  return text.replaceAll(style === 'pgpass' ? /[\\:]/gu : /[\\"]/gu, '\\$&')
}

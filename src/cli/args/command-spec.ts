export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** In the form of the usage: `[task]`. */
  readonly parameters: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly { readonly flags: string; readonly description: string }[]
}

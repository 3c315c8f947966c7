/** What a run did, gathered from its events. */
export interface RunDigest {
  readonly published: readonly { readonly set: string; readonly storage: string; readonly bytes: number }[]
  /** How many sets expired. */
  readonly expired: number
  /** How many objects were made. */
  readonly objects: number
}

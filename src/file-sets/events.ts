/** Events of the steps for dated files. Problems that are not failures are notes. */
export type ArchiveEvent =
  | {
      readonly kind: 'archive-began'
      /** The step's name, or its source. */
      readonly step: string
      readonly source: string
      readonly path: string
      readonly level: number
      /** The base of a level 1. */
      readonly base?: string
    }
  /** A file of a type that archives of this format cannot contain. */
  | { readonly kind: 'file-skipped'; readonly step: string; readonly path: string; readonly reason: string }
  /** Only if the plan requests an event for each file. */
  | {
      readonly kind: 'file-decided'
      readonly step: string
      readonly decision: 'add' | 'equal' | 'exclude'
      readonly path: string
      readonly entry?: string
    }
  | {
      readonly kind: 'archive-ended'
      readonly step: string
      readonly path: string
      readonly bytes: number
      /** The number of entries. */
      readonly entries: number
      readonly unchanged: number
      readonly excluded: number
      readonly sha1?: string
      readonly durationMs: number
      readonly dry: boolean
    }
  | { readonly kind: 'dump-began'; readonly step: string; readonly database: string; readonly path: string }
  | {
      readonly kind: 'dump-ended'
      readonly step: string
      readonly database: string
      readonly path: string
      readonly bytes: number
      readonly sha1?: string
      readonly durationMs: number
      readonly dry: boolean
    }
  /** Information about a step that has no event of its own; may have several lines. */
  | { readonly kind: 'step-told'; readonly step: string; readonly text: string; readonly isDetail: boolean }
  | { readonly kind: 'file-kept'; readonly step: string; readonly path: string; readonly reason: string }
  | { readonly kind: 'file-removed'; readonly step: string; readonly path: string; readonly reason: string; readonly dry: boolean }
  | { readonly kind: 'file-copied'; readonly step: string; readonly path: string; readonly target: string; readonly dry: boolean }

/** The dependencies of the steps for dated files. */
export interface ArchiveDeps {
  /** The step's name in events. */
  readonly step: string
  /** The time used in names: the same for all steps of a run. */
  readonly began: Date
  readonly clock: () => Date
  emit(event: ArchiveEvent): void
  /** A remark that is not a failure. */
  note(text: string): void
  /** A mistake that does not prevent the step: a note that logs record as an error. */
  reportError(text: string): void
}

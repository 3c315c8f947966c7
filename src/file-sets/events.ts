/** Events of the steps for dated files. Problems that are not failures are notes. */
export type ArchiveEvent =
  | {
      readonly kind: 'archive-began'
      /** The step's name, or what it packs. */
      readonly step: string
      readonly source: string
      readonly path: string
      readonly level: number
      /** What a level 1 is relative to. */
      readonly base?: string
    }
  /** Something of a kind that no archive of this container can hold. */
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
      /** How many entries it holds. */
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
  /** Something that a step has to say and that has no event of its own; may have several lines. */
  | { readonly kind: 'step-told'; readonly step: string; readonly text: string; readonly isDetail: boolean }
  | { readonly kind: 'file-kept'; readonly step: string; readonly path: string; readonly reason: string }
  | { readonly kind: 'file-removed'; readonly step: string; readonly path: string; readonly reason: string; readonly dry: boolean }
  | { readonly kind: 'file-copied'; readonly step: string; readonly path: string; readonly target: string; readonly dry: boolean }

/** What the engine of files needs from the run. */
export interface ArchiveDeps {
  /** The step's name in events. */
  readonly step: string
  /** The instant that names are made of: the same for all steps of a run. */
  readonly began: Date
  readonly clock: () => Date
  emit(event: ArchiveEvent): void
  /** Something that a person should know, and that is no failure. */
  note(text: string): void
  /** A mistake that does not keep the step from being done: a note that stands in logs as an error. */
  complain(text: string): void
}

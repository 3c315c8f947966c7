import type { Report } from '../../document/report.ts'
import type { Command } from '../../plan/command.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { Step } from '../../plan/plan.ts'
import type { StepOptions } from '../../plan/steps/step-options.ts'
import type { Attributes } from './attributes.ts'
import type { Action, Inherited } from './inherit.ts'
import type { Scheme } from './schemes.ts'
import type { Value } from './yaml/value.ts'

/** What the compilers of the parts share. */
export interface Context {
  readonly report: Report
  /** The folder of the configuration; relative paths begin here. */
  readonly folder: string
  /** What programs inherit, and where bare names of them are looked up. */
  readonly environment: Command['environment']
  readonly searchPath: readonly string[]
  readonly actionsAt: Value
  readonly actions: ReadonlyMap<string, Inherited>
  /** Schemes that can be named from anywhere, by id. */
  readonly schemes: ReadonlyMap<string, Scheme>
  /** The names of actions that tasks use. */
  readonly used: ReadonlySet<string>
}

/** A scheme, or where an id stands that no scheme has. */
export type SchemeChoice =
  | { readonly kind: 'scheme'; readonly scheme: Scheme }
  | { readonly kind: 'unknown'; readonly at: Value; readonly id: string }

/** Where an action is used: in a task, or by itself. */
export interface Use {
  readonly context: Context
  /** For actions that do not say one. */
  readonly scheme: SchemeChoice
  /** That of the task, where it has a name. */
  readonly taskScheme?: Scheme
}

/** One action, ready to be compiled. */
export interface ActionCall {
  readonly action: Action
  readonly attributes: Attributes
  readonly options: StepOptions
  readonly use: Use
  /** What another action leaves. Undefined when it leaves nothing, or cannot be made; then it is told. */
  filesOf(name: string, at: Value): FileSet | undefined
}

/** The steps of an action; undefined when something was told. */
export type ActionCompiler = (call: ActionCall) => readonly Step[] | undefined

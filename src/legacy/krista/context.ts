import type { Report } from '../../document/issue-report.ts'
import type { Command } from '../../plan/command.ts'
import type { FileSet } from '../../plan/dated-files.ts'
import type { Step } from '../../plan/plan.ts'
import type { StepOptions } from '../../plan/steps/step-options.ts'
import type { Attributes } from './attributes.ts'
import type { Action, Inherited } from './inherit.ts'
import type { Scheme } from './schemes.ts'
import type { Value } from './yaml/value.ts'

/** Shared by the compilers of the parts. */
export interface Context {
  readonly report: Report
  /** The folder of the configuration, in which relative paths start. */
  readonly folder: string
  /** The environment that programs inherit, with the search path. */
  readonly environment: Command['environment']
  readonly searchPath: readonly string[]
  readonly actionsAt: Value
  readonly actions: ReadonlyMap<string, Inherited>
  /** Schemes that can be referenced everywhere, by id. */
  readonly schemes: ReadonlyMap<string, Scheme>
  /** The names of actions that tasks use. */
  readonly used: ReadonlySet<string>
}

/** A scheme, or undefined for an unknown id. */
export type SchemeChoice =
  | { readonly kind: 'scheme'; readonly scheme: Scheme }
  | { readonly kind: 'unknown'; readonly at: Value; readonly id: string }

/** The context of an action: a task, or none. */
export interface Use {
  readonly context: Context
  /** The default for actions. */
  readonly scheme: SchemeChoice
  /** That of the task, if named. */
  readonly taskScheme?: Scheme
}

/** One action to be compiled. */
export interface ActionCall {
  readonly action: Action
  readonly attributes: Attributes
  readonly options: StepOptions
  readonly use: Use
  /** The files that another action makes. Undefined if there are none, or it is invalid, which is then reported. */
  filesOf(name: string, at: Value): FileSet | undefined
}

/** The steps of an action; undefined if an error was reported. */
export type ActionCompiler = (call: ActionCall) => readonly Step[] | undefined

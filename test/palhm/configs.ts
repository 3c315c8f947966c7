/** Parts of configurations in the ancestor's words. */
export interface Use {
  readonly type: string
  readonly [key: string]: unknown
}

export function inline(argv: readonly string[], keys: Readonly<Record<string, unknown>> = {}): Use {
  return { type: 'exec-inline', argv, ...keys }
}

export function sh(script: string, keys: Readonly<Record<string, unknown>> = {}): Use {
  return inline(['/bin/sh', '-c', script], keys)
}

export function routine(id: string, ...steps: readonly Use[]): Use & { readonly id: string } {
  return { id, type: 'routine', routine: steps }
}

/** Runs another task. */
export function pointer(id: string): Use {
  return { type: 'task', 'task-id': id }
}

type Pipelines = Readonly<Record<string, readonly Use[]>>

/** A task "backup" into a folder; one object per path. */
export function backup(root: string, pipelines: Pipelines, param: Readonly<Record<string, unknown>> = {}): Use & { readonly id: string } {
  return { id: 'backup', type: 'backup', backend: 'localfs', 'backend-param': { root, ...param }, objects: objects(pipelines) }
}

/** A task "check" whose objects are kept nowhere. */
export function check(pipelines: Pipelines): Use & { readonly id: string } {
  return { id: 'check', type: 'backup', backend: 'null', objects: objects(pipelines) }
}

export function objects(pipelines: Pipelines): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(pipelines).map(([path, pipeline]) => ({ path, pipeline }))
}

/** A whole configuration. */
export function config(tasks: readonly unknown[], keys: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { ...keys, tasks }
}

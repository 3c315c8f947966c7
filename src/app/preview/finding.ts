/** A fact about a plan on this host, determined before it is run. `error`: a run would fail. `warning`: it may fail, or will, or the set would lack something. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** It is about a variable or a credential that a task may get only from its unit. */
  readonly needsEnvironment?: true
}

export function failing(message: string): Finding {
  return { severity: 'error', message }
}

export function warning(message: string): Finding {
  return { severity: 'warning', message }
}

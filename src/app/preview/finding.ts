/** A fact about a plan on this host, determined before it is run. `error`: a run would fail. `warning`: it may fail, or will, or the set would lack something. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** It is about a variable or a credential that a task may get only from its unit. */
  readonly needsEnvironment?: true
  /** A question was stopped before there was an answer: nothing is known. */
  readonly isUnanswered?: true
}

export function failing(message: string): Finding {
  return { severity: 'error', message }
}

export function warning(message: string): Finding {
  return { severity: 'warning', message }
}

/** Nothing is known about `what`: the question about it was stopped. */
export function unanswered(what: string): Finding {
  return { ...warning(`${what}: no answer in time`), isUnanswered: true }
}

/** The finding for a failed question about `what`; if it has failed because it was stopped, nothing is known. */
export function ofFailure(what: string, finding: Finding, signal: AbortSignal): Finding {
  return signal.aborted ? unanswered(what) : finding
}

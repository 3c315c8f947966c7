/** What a stage of a running pipeline does, as the kernel counts it. Absent values are unknown, for example because the process may not be examined. */
export interface StageActivity {
  /** Base name of the program. */
  readonly program: string
  readonly execId?: string
  /** What it has read from the stage before it; absent for the first stage. */
  readonly readBytes?: number
  /** What it has written to the stage or the file after it. */
  readonly writtenBytes?: number
  /** Over the last seconds: of what it reads, or writes if it is the first. */
  readonly bytesPerSecond?: number
  /** CPU time over the last seconds: 1 is one core. */
  readonly cores?: number
  /** The share of the last seconds in which it waited for data: of the stage before it, or the input of the pipeline. */
  readonly starved?: number
  /** The share of the last seconds in which it waited for the stage or the storage after it to take its data. */
  readonly blocked?: number
  /** Present if it has ended. */
  readonly exitCode?: number
  readonly signal?: NodeJS.Signals
}

export interface PipelineActivity {
  readonly stages: readonly StageActivity[]
  /** The index of the stage for which the others wait. The number of stages: they wait for the storage. Absent if this is not clear, or they wait for the input. */
  readonly slowest?: number
}

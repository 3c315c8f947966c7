/** The environment variable with which the server of the pages starts a command: the job whose progress the command records. */
export const JOB_VARIABLE = 'HOLDFAST_JOB'

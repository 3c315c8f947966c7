import { z } from 'zod'
import { Nothing } from '../schema/common.ts'
import { StreamQuery } from '../schema/events.ts'
import { Host, HostAddition, HostList, HostsQuery } from '../schema/hosts.ts'
import { JobDetail, JobList, JobsQuery } from '../schema/jobs.ts'
import { LogFileList, LogFileQuery, LogFilesQuery, LogLines, LogMatches, LogSearchQuery, RunLogQuery } from '../schema/logs.ts'
import { Run, RunEventList, RunEventsQuery, RunList, RunQuery, RunRequest, RunsQuery, StartedRun } from '../schema/runs.ts'
import { DayList, DaysQuery, Task, TaskList, TaskQuery, TasksQuery } from '../schema/tasks.ts'
import type { Route } from './route.ts'

/** Hosts, their tasks and their runs. */
export const hostRoutes = {
  listHosts: { method: 'get', path: '/hosts', role: 'viewer', summary: 'List hosts, the worst first', query: HostsQuery, answer: HostList },
  addHost: {
    method: 'post',
    path: '/hosts',
    role: 'admin',
    by: 'session',
    action: 'host-added',
    summary: 'Add a host to be polled',
    body: HostAddition,
    answer: Host,
    status: 201,
  },
  readHost: { method: 'get', path: '/hosts/{host}', role: 'viewer', summary: 'Get a host', answer: Host },
  removeHost: {
    method: 'delete',
    path: '/hosts/{host}',
    role: 'admin',
    by: 'session',
    action: 'host-removed',
    summary: 'Stop polling a host',
    answer: Nothing,
    status: 204,
  },

  listTasks: { method: 'get', path: '/tasks', role: 'viewer', summary: 'List tasks', query: TasksQuery, answer: TaskList },
  readTask: { method: 'get', path: '/task', role: 'viewer', summary: 'Get a task', query: TaskQuery.extend({ task: z.string() }), answer: Task },
  listDays: {
    method: 'get',
    path: '/days',
    role: 'viewer',
    summary: 'List the results of each day, newest first',
    query: DaysQuery,
    answer: DayList,
  },

  listRuns: { method: 'get', path: '/runs', role: 'viewer', summary: 'List runs, newest first', query: RunsQuery, answer: RunList },
  startRun: {
    method: 'post',
    path: '/runs',
    role: 'operator',
    action: 'run-started',
    summary: 'Start a task',
    body: RunRequest,
    answer: StartedRun,
    status: 202,
  },
  readRun: { method: 'get', path: '/runs/{run}', role: 'viewer', summary: 'Get a run', query: RunQuery, answer: Run },
  stopRun: {
    method: 'post',
    path: '/runs/{run}/stop',
    role: 'operator',
    action: 'run-stopped',
    summary: 'Stop and roll back a run',
    answer: Nothing,
    status: 202,
  },
  listRunEvents: {
    method: 'get',
    path: '/runs/{run}/events',
    role: 'viewer',
    summary: 'List the events of a run',
    query: RunEventsQuery,
    answer: RunEventList,
  },
  readRunLog: {
    method: 'get',
    path: '/runs/{run}/log',
    role: 'viewer',
    summary: 'Get lines of the log of a run',
    query: RunLogQuery,
    answer: LogLines,
  },
  searchRunLog: {
    method: 'get',
    path: '/runs/{run}/log/search',
    role: 'viewer',
    summary: 'Search the log of a run',
    query: LogSearchQuery,
    answer: LogMatches,
  },
  downloadRunLog: {
    method: 'get',
    path: '/runs/{run}/log.txt',
    role: 'viewer',
    action: 'log-downloaded',
    summary: 'Download the log of a run',
    query: RunQuery,
    answer: 'text',
  },
  listLogFiles: { method: 'get', path: '/log-files', role: 'viewer', summary: 'List log files of runs', query: LogFilesQuery, answer: LogFileList },
  readLogFile: {
    method: 'get',
    path: '/log-file',
    role: 'viewer',
    summary: 'Get lines of a log file',
    query: LogFileQuery.extend({ folder: z.string(), name: z.string() }),
    answer: LogLines,
  },

  listJobs: {
    method: 'get',
    path: '/jobs',
    role: 'viewer',
    summary: 'List commands started by the server, newest first',
    query: JobsQuery,
    answer: JobList,
  },
  readJob: { method: 'get', path: '/jobs/{job}', role: 'viewer', summary: 'Get a command, with its output', answer: JobDetail },
  stopJob: {
    method: 'post',
    path: '/jobs/{job}/stop',
    role: 'operator',
    action: 'job-stopped',
    summary: 'Stop a command',
    answer: Nothing,
    status: 202,
  },

  streamEvents: { method: 'get', path: '/events', role: 'viewer', summary: 'Stream changes', query: StreamQuery, answer: 'stream' },
  readOpenapi: { method: 'get', path: '/openapi.json', role: 'anyone', summary: 'Get this document', answer: 'json' },
} as const satisfies Readonly<Record<string, Route>>

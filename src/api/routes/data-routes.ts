import { z } from 'zod'
import { Nothing } from '../schema/common.ts'
import { Config, ConfigText, ConfigVerdict, ConfigVersionList, ConfigVersionsQuery, ConfigVersionText } from '../schema/config.ts'
import { Job } from '../schema/jobs.ts'
import { RestoreCommand, RestoreRequest, RestoreStart } from '../schema/restores.ts'
import {
  ScheduleChange,
  ScheduleList,
  SchedulePreview,
  SchedulePreviewRequest,
  ScheduleSwitch,
  SchedulesQuery,
  TaskAddition,
} from '../schema/schedules.ts'
import {
  BackupSet,
  ContentsQuery,
  ContentsSearch,
  ContentsSearchQuery,
  IndexRequest,
  SetContents,
  SetList,
  SetQuery,
  SetsQuery,
} from '../schema/sets.ts'
import { NotifierList, NotifierTest, Storage, StorageList, StoragesQuery } from '../schema/storages.ts'
import { Task } from '../schema/tasks.ts'
import { VerificationList, VerificationRequest, VerificationsQuery } from '../schema/verifications.ts'
import type { Route } from './route.ts'

const taskQuery = z.object({ task: z.string() })
const oneSet = { task: z.string(), set: z.string() }
const byName = z.object({ name: z.string() })

/** Sets, storages, schedules and the configuration. */
export const dataRoutes = {
  listSets: { method: 'get', path: '/sets', role: 'viewer', summary: 'List sets, newest first', query: SetsQuery, answer: SetList },
  readSet: { method: 'get', path: '/set', role: 'viewer', summary: 'Get a set', query: SetQuery.extend(oneSet), answer: BackupSet },
  listContents: {
    method: 'get',
    path: '/set/contents',
    role: 'viewer',
    summary: 'List the contents of a set',
    query: ContentsQuery.extend(oneSet),
    answer: SetContents,
  },
  startIndex: {
    method: 'post',
    path: '/set/index',
    role: 'operator',
    summary: 'Read a set, and store an index of its contents',
    body: IndexRequest,
    answer: Job,
    status: 202,
  },
  searchContents: {
    method: 'get',
    path: '/sets/search',
    role: 'viewer',
    summary: 'Search the contents of sets, newest first',
    query: ContentsSearchQuery,
    answer: ContentsSearch,
  },
  composeRestore: {
    method: 'post',
    path: '/restore-command',
    role: 'viewer',
    summary: 'Get the command that restores objects',
    body: RestoreRequest,
    answer: RestoreCommand,
  },
  startRestore: {
    method: 'post',
    path: '/restores',
    role: 'operator',
    summary: 'Restore to a folder of the host, or try it with a dry run',
    body: RestoreStart,
    answer: Job,
    status: 202,
  },
  listVerifications: {
    method: 'get',
    path: '/verifications',
    role: 'viewer',
    summary: 'List verifications and restores, newest first',
    query: VerificationsQuery,
    answer: VerificationList,
  },
  startVerification: {
    method: 'post',
    path: '/verifications',
    role: 'operator',
    summary: 'Verify sets',
    body: VerificationRequest,
    answer: Job,
    status: 202,
  },

  listStorages: { method: 'get', path: '/storages', role: 'viewer', summary: 'List storages', query: StoragesQuery, answer: StorageList },
  checkStorage: { method: 'post', path: '/storage/check', role: 'operator', summary: 'Check a storage now', query: byName, answer: Storage },
  listNotifiers: { method: 'get', path: '/notifiers', role: 'viewer', summary: 'List notifiers', answer: NotifierList },
  testNotifier: { method: 'post', path: '/notifier/test', role: 'operator', summary: 'Send a test message', query: byName, answer: NotifierTest },

  listSchedules: {
    method: 'get',
    path: '/schedules',
    role: 'viewer',
    summary: 'List the scheduled runs of tasks',
    query: SchedulesQuery,
    answer: ScheduleList,
  },
  previewSchedule: {
    method: 'post',
    path: '/schedules/preview',
    role: 'viewer',
    summary: 'List the next runs of a schedule',
    body: SchedulePreviewRequest,
    answer: SchedulePreview,
  },
  addTask: {
    method: 'post',
    path: '/tasks',
    role: 'admin',
    by: 'session',
    summary: 'Add a task',
    body: TaskAddition,
    answer: Task,
    status: 201,
    ifMatch: true,
  },
  changeSchedule: {
    method: 'put',
    path: '/schedule',
    role: 'admin',
    by: 'session',
    summary: 'Change when a task runs',
    query: taskQuery,
    body: ScheduleChange,
    answer: Task,
    ifMatch: true,
  },
  switchSchedule: {
    method: 'put',
    path: '/schedule/enabled',
    role: 'admin',
    by: 'session',
    summary: 'Enable a task in the crontab, or disable it in the crontab and as a timer',
    query: taskQuery,
    body: ScheduleSwitch,
    answer: Task,
  },
  removeTask: {
    method: 'delete',
    path: '/task',
    role: 'admin',
    by: 'session',
    summary: 'Remove a task',
    query: taskQuery,
    answer: Nothing,
    status: 204,
    ifMatch: true,
  },

  readConfig: { method: 'get', path: '/config', role: 'admin', summary: 'Get the configuration file', answer: Config, isAudited: true },
  checkConfig: {
    method: 'post',
    path: '/config/check',
    role: 'admin',
    summary: 'Check a configuration',
    body: ConfigText,
    answer: ConfigVerdict,
  },
  writeConfig: {
    method: 'put',
    path: '/config',
    role: 'admin',
    by: 'session',
    summary: 'Replace the configuration file, after a check',
    body: ConfigText,
    answer: Config,
    ifMatch: true,
  },
  listConfigVersions: {
    method: 'get',
    path: '/config/versions',
    role: 'admin',
    summary: 'List earlier versions, newest first',
    query: ConfigVersionsQuery,
    answer: ConfigVersionList,
  },
  readConfigVersion: {
    method: 'get',
    path: '/config/versions/{version}',
    role: 'admin',
    summary: 'Get an earlier version',
    answer: ConfigVersionText,
  },
} as const satisfies Readonly<Record<string, Route>>

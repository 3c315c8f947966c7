import { z } from 'zod'
import { AuditList, AuditQuery } from '../schema/audit.ts'
import { listOf, Nothing } from '../schema/common.ts'
import {
  LoginRequest,
  OpenSession,
  PasswordChange,
  RecoveryCodes,
  ResetRequest,
  Session,
  SetupRequest,
  TotpConfirmation,
  TotpOffer,
  TotpRemoval,
} from '../schema/session.ts'
import { NewToken, TokenList, TokenRequest, TokensQuery } from '../schema/tokens.ts'
import { User, UserAddition, UserChange, UserList, UserReset, UsersQuery, UserWithLink } from '../schema/users.ts'
import type { Route } from './route.ts'

const userQuery = z.object({ name: z.string() })

/** Sessions, users, tokens and the audit log. */
export const accountRoutes = {
  readSession: { method: 'get', path: '/session', role: 'anyone', summary: 'Get the current user', answer: Session },
  logIn: { method: 'post', path: '/session', role: 'anyone', summary: 'Log in', body: LoginRequest, answer: Session },
  logOut: { method: 'delete', path: '/session', role: 'anyone', summary: 'Log out', answer: Nothing, status: 204 },
  setUp: { method: 'post', path: '/setup', role: 'anyone', summary: 'Create the first account', body: SetupRequest, answer: Session, status: 201 },
  resetPassword: { method: 'post', path: '/reset', role: 'anyone', summary: 'Set a password with a link', body: ResetRequest, answer: Session },
  changePassword: {
    method: 'put',
    path: '/session/password',
    role: 'viewer',
    by: 'session',
    summary: 'Change your password, and end all other sessions',
    body: PasswordChange,
    answer: Session,
  },
  offerTotp: { method: 'post', path: '/session/totp', role: 'viewer', by: 'session', summary: 'Begin to set up a second factor', answer: TotpOffer },
  confirmTotp: {
    method: 'put',
    path: '/session/totp',
    role: 'viewer',
    by: 'session',
    summary: 'Confirm the second factor',
    body: TotpConfirmation,
    answer: RecoveryCodes,
  },
  removeTotp: {
    method: 'delete',
    path: '/session/totp',
    role: 'viewer',
    by: 'session',
    summary: 'Remove the second factor',
    body: TotpRemoval,
    answer: Nothing,
    status: 204,
  },
  listSessions: { method: 'get', path: '/sessions', role: 'viewer', by: 'session', summary: 'List your sessions', answer: listOf(OpenSession) },
  endSession: {
    method: 'delete',
    path: '/sessions/{session}',
    role: 'viewer',
    by: 'session',
    summary: 'End a session',
    answer: Nothing,
    status: 204,
  },
  endSessions: { method: 'delete', path: '/sessions', role: 'viewer', by: 'session', summary: 'End all your sessions', answer: Nothing, status: 204 },

  listUsers: { method: 'get', path: '/users', role: 'admin', summary: 'List users', query: UsersQuery, answer: UserList },
  addUser: {
    method: 'post',
    path: '/users',
    role: 'admin',
    by: 'session',
    summary: 'Add a user',
    body: UserAddition,
    answer: UserWithLink,
    status: 201,
  },
  readUser: { method: 'get', path: '/user', role: 'admin', summary: 'Get a user', query: userQuery, answer: User },
  changeUser: {
    method: 'patch',
    path: '/user',
    role: 'admin',
    by: 'session',
    summary: 'Change a user',
    query: userQuery,
    body: UserChange,
    answer: User,
  },
  removeUser: {
    method: 'delete',
    path: '/user',
    role: 'admin',
    by: 'session',
    summary: 'Remove a user',
    query: userQuery,
    answer: Nothing,
    status: 204,
  },
  resetUser: {
    method: 'post',
    path: '/user/reset',
    role: 'admin',
    by: 'session',
    summary: 'End all sessions of a user, and create a link for a new password',
    query: userQuery,
    body: UserReset,
    answer: UserWithLink,
  },

  listTokens: {
    method: 'get',
    path: '/tokens',
    role: 'viewer',
    by: 'session',
    summary: 'List your tokens; for administrators: all tokens',
    query: TokensQuery,
    answer: TokenList,
  },
  addToken: {
    method: 'post',
    path: '/tokens',
    role: 'viewer',
    by: 'session',
    summary: 'Create a token',
    body: TokenRequest,
    answer: NewToken,
    status: 201,
  },
  removeToken: { method: 'delete', path: '/tokens/{token}', role: 'viewer', by: 'session', summary: 'Remove a token', answer: Nothing, status: 204 },

  listAudit: { method: 'get', path: '/audit', role: 'admin', summary: 'List the audit log', query: AuditQuery, answer: AuditList },
} as const satisfies Readonly<Record<string, Route>>

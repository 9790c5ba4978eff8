// The settings of `sluice serve`, one row each: its flag, its variable of the environment, what it takes and what it is for.
// The help is made of the same rows.

/** One setting. */
export interface Setting {
  readonly flag: string;
  /** Only PORT goes without a prefix: HOST, HISTORY and the like mean other things to other programs. */
  readonly variable: string;
  /** Another variable that says the same, where other programs have made it known. */
  readonly alias?: string;
  /** What stands for the value in the help. */
  readonly value: string;
  readonly help: string;
  readonly multiple?: true;
}

/** All of them. */
export const SETTINGS = [
  { flag: 'port', variable: 'PORT', value: 'N', help: 'listen on this port; 0 for any free one (default 8080)' },
  { flag: 'host', variable: 'SLUICE_HOST', value: 'HOST', help: 'an address to listen on (default 127.0.0.1)' },
  {
    flag: 'allow-origin',
    variable: 'SLUICE_ALLOW_ORIGIN',
    value: 'ORIGIN',
    help: 'a site whose pages may connect, instead of pages of this server; may be repeated',
    multiple: true,
  },
  {
    flag: 'max-connections-per-ip',
    variable: 'SLUICE_MAX_CONNECTIONS_PER_IP',
    value: 'N',
    help: 'connections open at once from one address; 0 for no limit (default 10)',
  },
  {
    flag: 'trust-proxy',
    variable: 'SLUICE_TRUST_PROXY',
    value: 'CIDR',
    help: 'a proxy whose X-Forwarded-For is believed; may be repeated',
    multiple: true,
  },
  {
    flag: 'jwt-secret',
    variable: 'SLUICE_JWT_SECRET',
    alias: 'JWT_SECRET',
    value: 'SECRET',
    help: 'ask for JSON Web Tokens signed by it; 32 bytes or more, better in the environment',
  },
  {
    flag: 'jwks',
    variable: 'SLUICE_JWKS',
    value: 'FILE',
    help: 'ask for JSON Web Tokens signed for a public key of this JSON Web Key Set',
  },
  {
    flag: 'jwt-algorithm',
    variable: 'SLUICE_JWT_ALGORITHM',
    value: 'ALG',
    help: 'an algorithm of theirs (default HS256, with --jwks ES256 and RS256); may be repeated',
    multiple: true,
  },
  {
    flag: 'jwt-issuer',
    variable: 'SLUICE_JWT_ISSUER',
    value: 'ISS',
    help: 'who issues the tokens; must be given with --jwks',
  },
  {
    flag: 'jwt-audience',
    variable: 'SLUICE_JWT_AUDIENCE',
    value: 'AUD',
    help: 'whom the tokens are meant for; must be given with --jwks',
  },
  {
    flag: 'redis',
    variable: 'SLUICE_REDIS',
    alias: 'REDIS_URL',
    value: 'URL',
    help: 'keep the rooms in this Redis, shared with other instances (needs redis or ioredis)',
  },
  {
    flag: 'redis-prefix',
    variable: 'SLUICE_REDIS_PREFIX',
    value: 'NAME',
    help: 'what its keys and channels begin with (default sluice)',
  },
  { flag: 'history', variable: 'SLUICE_HISTORY', value: 'N', help: 'messages kept of each room (default 1000)' },
  {
    flag: 'shutdown-timeout',
    variable: 'SLUICE_SHUTDOWN_TIMEOUT',
    value: 'SECONDS',
    help: 'for clients to leave, when a signal ends the server (default 10)',
  },
  { flag: 'tls-cert', variable: 'SLUICE_TLS_CERT', value: 'FILE', help: 'certificate in PEM, for https: and wss:' },
  { flag: 'tls-key', variable: 'SLUICE_TLS_KEY', value: 'FILE', help: 'its private key in PEM' },
  {
    flag: 'log-level',
    variable: 'SLUICE_LOG_LEVEL',
    value: 'LEVEL',
    help: 'silent, error, info or debug (default info)',
  },
  {
    flag: 'log-format',
    variable: 'SLUICE_LOG_FORMAT',
    value: 'FORMAT',
    help: 'text, or json: one object a line (default text)',
  },
] as const satisfies readonly Setting[];

/** The flag of a setting. */
export type Flag = (typeof SETTINGS)[number]['flag'];

/** Where somebody's value came from, for a complaint about it. */
export interface Given {
  readonly value: string;
  /** `--port` or `PORT`. */
  readonly source: string;
}

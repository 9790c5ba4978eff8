// Certificates for the tests of TLS, made by the program `openssl` in a folder of their own: a private key in a repository
// is found by every scanner, and a certificate in one expires.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and its certificate, as `node:tls` takes them. */
export interface Identity {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Everybody who is needed. */
export interface Certificates {
  /** Whom the tests trust. */
  readonly ca: Buffer;
  /** For localhost and 127.0.0.1. */
  readonly server: Identity;
  /** For another host. */
  readonly elsewhere: Identity;
  /** For localhost, years ago. */
  readonly expired: Identity;
  /** For localhost, signed by nobody else. */
  readonly selfSigned: Identity;
  /** A client's. */
  readonly client: Identity;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const CONFIG = `[ca]
default_ca = tests
[tests]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** Whether there is an `openssl`. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('There is no openssl here: the tests of TLS are skipped.');

/** Makes them all. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-certificates-'));
  try {
    return makeIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeIn(folder: string): Certificates {
  const openssl = (...args: string[]): unknown =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  writeFileSync(join(folder, 'ca.cnf'), CONFIG);
  writeFileSync(join(folder, 'serial'), '01\n');
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'index.txt.attr'), 'unique_subject = no\n');
  openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Tests');

  const identity = (name: string, alternatives: string, dates: readonly string[]): Identity => {
    writeFileSync(join(folder, 'extensions'), `subjectAltName = ${alternatives}\n`);
    openssl('req', '-new', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'],
      ...['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', 'extensions', ...dates],
    );
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  const now = ['-days', '2'];
  const longAgo = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
  const self = ['-keyout', 'self.key', '-out', 'self.pem', '-days', '2', '-subj', '/CN=self'];
  openssl('req', '-x509', ...KEY, ...self, '-addext', 'subjectAltName=DNS:localhost');
  return {
    ca: read('ca.pem'),
    server: identity('server', 'DNS:localhost,IP:127.0.0.1', now),
    elsewhere: identity('elsewhere', 'DNS:elsewhere.example', now),
    expired: identity('expired', 'DNS:localhost', longAgo),
    selfSigned: { key: read('self.key'), cert: read('self.pem') },
    client: identity('client', 'DNS:client.example', now),
  };
}

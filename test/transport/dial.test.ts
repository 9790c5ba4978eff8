// Connecting: TCP, Unix sockets and TLS, with the options of Node and none that would outlive the opening handshake.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  connectPlain,
  connectSecure,
  type DialOptions,
  type DialTarget,
  socketOptions,
} from '../../src/transport/dial.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';

const target: DialTarget = { host: 'example.com', port: 81, socketPath: undefined, secure: false };

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

describe('options', () => {
  test('say where to connect to, whatever else is given', () => {
    expect(socketOptions(target, { host: 'a', port: 1, path: '/b.sock', family: 4 } as DialOptions)).toEqual({
      host: 'example.com',
      port: 81,
      family: 4,
    });
    expect(socketOptions({ ...target, socketPath: '/a.sock' }, {})).toEqual({
      host: 'example.com',
      port: 81,
      path: '/a.sock',
    });
  });

  test('that would reach beyond the opening handshake, or mean something else there, are left out', () => {
    const given = { signal: AbortSignal.abort(), timeout: 1, onread: {}, fd: 1, allowHalfOpen: true, highWaterMark: 1 };
    expect(socketOptions(target, given as DialOptions)).toEqual({ host: 'example.com', port: 81 });
  });

  test.each(['rejectUnauthorized', 'checkServerIdentity', 'ca', 'servername'])('%s: undefined says nothing', (name) => {
    const options = socketOptions({ ...target, secure: true }, { [name]: undefined });
    expect(options).toStrictEqual({
      host: 'example.com',
      port: 81,
      servername: 'example.com',
      ALPNProtocols: ['http/1.1'],
    });
  });

  test.each([
    ['example.com', 'example.com'],
    ['127.0.0.1', ''],
    ['::1', ''],
  ])('for TLS to %s name %j (RFC 6066 §3)', (host, servername) => {
    expect(socketOptions({ ...target, host, secure: true }, {}).servername).toBe(servername);
  });

  test('of the caller replace those that are ours', () => {
    const given = { servername: 'other.example', ALPNProtocols: ['a'] };
    expect(socketOptions({ ...target, secure: true }, given)).toMatchObject(given);
  });
});

test('a plain socket connects', async () => {
  const port = await listening(createServer((socket) => socket.end('hello')));
  const socket = connectPlain(socketOptions({ ...target, host: '127.0.0.1', port }, {}));
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toBe('hello');
  await once(socket, 'close');
});

describe.runIf(hasOpenssl)('a secure socket', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });

  test('asks for HTTP/1.1 at the named host, and is ready when the certificate is verified', async () => {
    let asked: unknown;
    const server = createSecureServer({
      ...certificates.server,
      ALPNCallback: (offered) => {
        asked = offered;
        return 'http/1.1';
      },
    });
    const port = await listening(server);
    const socket = connectSecure(
      socketOptions({ ...target, host: 'localhost', port, secure: true }, { ca: certificates.ca }),
    );
    await once(socket, 'secureConnect');
    expect(asked).toEqual({ servername: 'localhost', protocols: ['http/1.1'] });
    expect(socket).toMatchObject({ authorized: true, alpnProtocol: 'http/1.1' });
    socket.destroy();
  });

  test('is refused when nobody vouches for the certificate', async () => {
    const server = createSecureServer(certificates.server);
    server.on('tlsClientError', () => {});
    const port = await listening(server);
    const socket = connectSecure(socketOptions({ ...target, host: 'localhost', port, secure: true }, {}));
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  test('with a certificate that is none is thrown at once', () => {
    const options = socketOptions({ ...target, secure: true }, { cert: 'none' });
    expect(() => connectSecure(options)).toThrow(/PEM/i);
  });
});

test('there is an openssl where the results count', () => {
  if (process.env.CI === 'true') expect(hasOpenssl).toBe(true);
});

describe('a wrong option is thrown at once, by name:', () => {
  test.each([
    { localAddress: 'nowhere' },
    { localPort: -1 },
    { localPort: 65_536 },
    { localPort: '1' },
    { family: 5 },
    { lookup: 1 },
  ])('%j', (given) => {
    const [name] = Object.keys(given) as [string];
    expect(() => socketOptions(target, given as DialOptions)).toThrow(new RegExp(`^${name} must be`));
  });
});

// Authentication by JSON Web Tokens, on `jose`, which whoever imports this must have installed.
export { JwtError, type JwtIdentity, type JwtOptions, jwtAuthenticator } from './authenticator.ts';

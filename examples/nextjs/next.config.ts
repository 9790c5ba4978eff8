import type { NextConfig } from 'next';

const config: NextConfig = {
  // A library of the server: loaded by Node as it is, and not bundled into each route.
  serverExternalPackages: ['sluice'],
};

export default config;

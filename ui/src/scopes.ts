// What an application or token may do, in words.

import { t } from './texts';

const KNOWN: Record<string, string> = {
  openid: 'scope-openid',
  email: 'scope-email',
  'urn:matrix:client:api:*': 'scope-matrix',
  'urn:matrix:org.matrix.msc2967.client:api:*': 'scope-matrix',
  'urn:mas:graphql:*': 'scope-account',
  'urn:mas:admin': 'scope-admin',
  'urn:synapse:admin:*': 'scope-homeserver',
  'urn:muniment:audit': 'scope-audit',
};

const DEVICE = /^urn:matrix:(?:client|org\.matrix\.msc2967\.client):device:/;

export function inPlainWords(scope: string): string[] {
  const words = new Set<string>();
  for (const one of scope.split(/\s+/).filter(Boolean)) {
    if (DEVICE.test(one)) words.add(t('scope-device', { device: one.replace(DEVICE, '') }));
    else words.add(KNOWN[one] ? t(KNOWN[one]) : t('scope-other', { scope: one }));
  }
  return [...words];
}


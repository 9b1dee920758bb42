// What the page that loads the script says about the deployment.

const element = document.getElementById('root');
if (!element) throw new Error('the page has no element #root');

const data = element.dataset;

/** Where the app is put. */
export const root = element;

/** The path of the account pages, without a slash at its end. */
export const base = (data.root ?? '/').replace(/\/+$/, '');

export const endpoint = data.graphqlEndpoint ?? '/graphql';

/** A link to a page that the server makes. */
export const server = (path: string) => `${data.base ?? ''}${path}`;

export const brand = {
  name: data.service ?? location.host,
  initial: data.initial ?? '',
  logo: data.logo,
  policy: data.policyUri,
  terms: data.tosUri,
  imprint: data.imprint,
};

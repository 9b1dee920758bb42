import { Provider } from '@urql/preact';
import { render } from 'preact';
import { App } from './app';
import { client } from './client';
import { root } from './shell';
import './account.css';
import { loadTexts } from './texts';

await loadTexts();
render(
  <Provider value={client}>
    <App />
  </Provider>,
  root,
);

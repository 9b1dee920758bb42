// How hard a password is to guess, 0 to 4, as the server reckons it too. Loaded only where a password
// is chosen.

import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

const guesser = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

// Reckoning takes longer the longer it is; what comes later only makes it better.
const AT_MOST = 100;

export const strength = (password: string, known: string[]): number =>
  guesser.check(password.slice(0, AT_MOST), known).score;

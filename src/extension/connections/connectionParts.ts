// What reads settings and opens connections, loaded behind the activation: it carries the schemas of everything that a
// server may send.
export { keepUnusable, parseConnectionSettings } from '../settings/connectionSettings.ts';
export { openConnection } from './openConnection.ts';

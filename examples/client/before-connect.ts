import { createClient } from 'mqtt311';

const tokenFor = async (clientId: string) => `a token of ${clientId}`;
// #region
const client = createClient('wss://broker.example/mqtt', {
  clientId: 'lamp',
  beforeConnect: async ({ failures }) => ({
    url: `wss://broker${failures % 2 === 0 ? '' : '-2'}.example/mqtt`, // another server after a failure
    username: 'lamp',
    password: await tokenFor('lamp'), // it expires, so each attempt gets a new one
  }),
});
// #endregion
await client.ready;
await client.close();

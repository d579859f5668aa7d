import { encode, ProtocolError, publish } from 'mqtt311/codec';

try {
  encode(publish({ topic: 'a/+', payload: new Uint8Array(0) }));
} catch (error) {
  if (error instanceof ProtocolError) console.log(error.message);
}

# Paho as a program: commands as lines of JSON on its standard input, what happens to it on its standard output.
# Arguments: tcp or websockets, the port, the client id, and the will as JSON or nothing.
import base64
import json
import sys

import paho.mqtt
import paho.mqtt.client as mqtt


def tell(**event):
    print(json.dumps(event), flush=True)


def on_connect(client, userdata, flags, code):
    tell(event="connected", code=code, version=paho.mqtt.__version__)


def on_message(client, userdata, message):
    payload = base64.b64encode(message.payload).decode()
    tell(event="message", topic=message.topic, payload=payload, qos=message.qos, retain=bool(message.retain))


transport, port, client_id, will = sys.argv[1:5]
client = mqtt.Client(client_id, protocol=mqtt.MQTTv311, transport=transport)
client.ws_set_options(path="/mqtt")
client.on_connect = on_connect
client.on_message = on_message
client.on_publish = lambda client, userdata, mid: tell(event="published")
client.on_subscribe = lambda client, userdata, mid, granted: tell(event="subscribed", granted=list(granted))
if will:
    fields = json.loads(will)
    client.will_set(fields["topic"], base64.b64decode(fields["payload"]), fields["qos"], fields["retain"])
client.connect("127.0.0.1", int(port))
client.loop_start()
for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "subscribe":
        client.subscribe(command["topic"], command["qos"])
    else:
        payload = base64.b64decode(command["payload"])
        client.publish(command["topic"], payload, command["qos"], command["retain"])
client.disconnect()
client.loop_stop()

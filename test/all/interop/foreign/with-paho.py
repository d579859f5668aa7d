# Paho as a program: commands as lines of JSON on its standard input, what happens to it on its standard output.
# Arguments: tcp or websockets, the port, and the options as JSON.
import base64
import json
import sys

import paho.mqtt
import paho.mqtt.client as mqtt


def tell(**event):
    print(json.dumps(event), flush=True)


def on_connect(client, userdata, flags, code):
    if code:
        tell(event="refused", code=code)
        client.disconnect()  # or it tries again
    else:
        tell(event="connected", present=bool(flags["session present"]), version=paho.mqtt.__version__)


def on_disconnect(client, userdata, code):
    if code:
        tell(event="lost")
        client.disconnect()


def on_message(client, userdata, message):
    payload = base64.b64encode(message.payload).decode()
    tell(event="message", topic=message.topic, payload=payload, qos=message.qos, retain=bool(message.retain))


transport, port, text = sys.argv[1:4]
options = json.loads(text)
client = mqtt.Client(options["clientId"], options["clean"], protocol=mqtt.MQTTv311, transport=transport)
client.ws_set_options(path="/mqtt")
client.on_connect = on_connect
client.on_disconnect = on_disconnect
client.on_message = on_message
client.on_publish = lambda client, userdata, mid: tell(event="published")
client.on_subscribe = lambda client, userdata, mid, granted: tell(event="subscribed", granted=list(granted))
client.on_unsubscribe = lambda client, userdata, mid: tell(event="unsubscribed")
if "username" in options:
    client.username_pw_set(options["username"], options["password"])
if "will" in options:
    will = options["will"]
    client.will_set(will["topic"], base64.b64decode(will["payload"]), will["qos"], will["retain"])
client.connect("127.0.0.1", int(port))
client.loop_start()
for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "subscribe":
        client.subscribe(command["topic"], command["qos"])
    elif command["do"] == "unsubscribe":
        client.unsubscribe(command["topic"])
    else:
        payload = base64.b64decode(command["payload"])
        client.publish(command["topic"], payload, command["qos"], command["retain"])
client.disconnect()
client.loop_stop()
